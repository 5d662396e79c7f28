using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Operations;

/// <summary>A workspace that was pushed from, and a fresh one with the same pointers and an empty cache, whose requests are counted and can be made to fail.</summary>
internal sealed class VersionScene : IDisposable
{
    private static readonly Lazy<byte[]> LargeBytes = new(() =>
    {
        var bytes = new byte[LargeSize];
        new Random(4).NextBytes(bytes);
        return bytes;
    });

    private readonly TempFolder _folder = new();
    private readonly MemoryBlobStore _blobs = new(location: "memory://here");

    public VersionScene()
    {
        Faults = new FaultyBlobStore(_blobs);
        Store = new MeteredStore(Faults);
        Here = Open("here");
        There = Open("there");
    }

    /// <summary>Nine blocks, the last of them short.</summary>
    public const int LargeSize = (66 * 1024 * 1024) + 123;

    /// <summary>Of <c>data/large.bin</c>.</summary>
    public static byte[] Large => LargeBytes.Value;

    public FaultyBlobStore Faults { get; }

    public MeteredStore Store { get; }

    public Repository Here { get; }

    public Repository There { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Write(string path, byte[] bytes)
    {
        string full = Path.Combine(Here.Layout.Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }

    public void Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    public void Link(string path, string target)
    {
        string full = Path.Combine(Here.Layout.Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
    }

    /// <summary>Adds and pushes paths, and copies their pointers.</summary>
    public async Task PushAsync(params string[] paths)
    {
        AddResult added = await new Add(Here, SilentMonitor.Instance).RunAsync(new AddRequest { Paths = paths, WorkingDirectory = Here.Layout.Root }, Token);
        Assert.Empty(added.Failed);
        TransferResult pushed = await new Push(Here, SilentMonitor.Instance).RunAsync(Request(Here), Token);
        Assert.Empty(pushed.Failed);
        foreach (AddedItem item in added.Added)
        {
            string to = Path.Combine(There.Layout.Root, item.Pointer);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Path.Combine(Here.Layout.Root, item.Pointer), to, overwrite: true);
        }
    }

    /// <summary>The same for what a test of large files needs.</summary>
    public async Task PushLargeAsync()
    {
        Write("data/large.bin", Large);
        await PushAsync("data");
    }

    public static TransferRequest Request(Repository repository) => new() { Paths = [], WorkingDirectory = repository.Layout.Root };

    /// <summary>The fresh workspace as the next command sees it.</summary>
    public void Reopen(string config = "")
    {
        There.Dispose();
        There = Open("there", config);
    }

    public Task<VersionedFile> OpenAsync(string path) =>
        new OpenFile(There, SilentMonitor.Instance).RunAsync(new OpenFileRequest { Path = path, WorkingDirectory = There.Layout.Root }, Token);

    /// <summary>A part of a file of the fresh workspace.</summary>
    public async Task<byte[]> ReadAsync(string path, long offset = 0, long? length = null)
    {
        using var output = new MemoryStream();
        await ReadAsync(path, output, offset, length);
        return output.ToArray();
    }

    public async Task ReadAsync(string path, Stream output, long offset = 0, long? length = null)
    {
        await using VersionedFile file = await OpenAsync(path);
        await file.CopyToAsync(offset, length, output, Token);
    }

    /// <summary>What the fresh workspace's pointers list, as <c>kind path size</c>.</summary>
    public async Task<List<string>> ListAsync(ListRequest? request = null, params string[] paths)
    {
        await using FileListing listing = await OpenListingAsync(request, paths);
        var lines = new List<string>();
        await foreach (ListedFile file in listing.ReadAsync(Token))
            lines.Add($"{file.Entry.Kind} {file.Path} {file.Entry.Size}{(file.Target is null ? "" : $" -> {file.Target}")}");
        return lines;
    }

    public Task<FileListing> OpenListingAsync(ListRequest? request = null, params string[] paths) => new ListFiles(There, SilentMonitor.Instance).RunAsync(
        (request ?? new ListRequest { Paths = [], WorkingDirectory = "" }) with { Paths = paths, WorkingDirectory = There.Layout.Root }, Token);

    public static ListRequest Recursive => new() { Paths = [], WorkingDirectory = "", Recursive = true };

    /// <summary>Files in the fresh workspace's cache, by kind.</summary>
    public int CachedObjects(ObjectKind kind) => There.Cache.List().Count(k => k.Kind == kind);

    public void Dispose()
    {
        Here.Dispose();
        There.Dispose();
        _folder.Dispose();
    }

    private Repository Open(string name, string config = "")
    {
        string dotDv = Path.Join(_folder.Path, name, ".dv");
        Directory.CreateDirectory(dotDv);
        File.WriteAllText(Path.Join(dotDv, "config.local"), $"[remote \"origin\"]\nurl = s3://bucket/x\n[core]\nremote = origin\n{config}");
        return Repository.Open(Path.Join(_folder.Path, name), new HostEnvironment(), (_, _) => Store);
    }
}
