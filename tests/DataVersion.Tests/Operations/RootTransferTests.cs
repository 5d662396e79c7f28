using System.Text;
using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Platform;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Transfers;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Operations;

/// <summary>Roots without pointers: what runs leave behind, push, fetch again and place.</summary>
public sealed class RootTransferTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MemoryBlobStore _blobs = new(location: "memory://here");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_folder_goes_into_the_cache_to_a_remote_and_into_another_workspace_whole(bool inside)
    {
        string outputs = inside ? "models" : _folder.At("elsewhere/models");
        using Repository source = Open("source");
        Fill(Path.Combine(source.Layout.Root, outputs));

        SnapshotResult taken = (await new Snapshot(source, SilentMonitor.Instance).TakeAsync(outputs, Token))!;
        TransferResult pushed = await Roots(source).PushAsync(Remote(source), [taken.Pointer.ToRoot("models")], Token);

        Assert.Empty(pushed.Failed);
        Assert.Equal(["a.onnx", "deep/b.bin", "deep/link"], taken.Files.Select(f => f.Path));
        Assert.Equal((taken.Pointer.Files, taken.Pointer.Size), (3, 5 + 3 + 9));
        using Repository target = Open("target");
        string place = inside ? "restored" : _folder.At("elsewhere/restored");
        Assert.False(await Roots(target).IsCachedAsync(taken.Pointer, "", Token));
        await Roots(target).FetchAsync(Remote(target), [new WantedRoot(taken.Pointer.ToRoot("models"), "")], Token);
        CheckoutResult placed = await Roots(target).PlaceAsync(place, taken.Pointer, "", force: false, Token);

        Assert.Empty(placed.Refused);
        Assert.Equal(3, placed.Added);
        Assert.True(await Roots(target).IsCachedAsync(taken.Pointer, "", Token));
        SnapshotResult again = (await new Snapshot(target, SilentMonitor.Instance).TakeAsync(place, Token))!;
        Assert.Equal(taken.Pointer, again.Pointer);
    }

    [Fact]
    public async Task What_was_taken_stays_writable_also_where_the_cache_links()
    {
        using Repository source = Open("source", "[cache]\nlink = hardlink\n");
        string file = Path.Combine(source.Layout.Root, "model.bin");
        await File.WriteAllTextAsync(file, "weights", Token);

        await new Snapshot(source, SilentMonitor.Instance).TakeAsync("model.bin", Token);

        await File.AppendAllTextAsync(file, " and more", Token);
        Assert.Equal(1L, (long)FileStat.TryGet(file)!.Value.Links);
        Assert.False(new FileInfo(file).IsReadOnly);
    }

    [Fact]
    public async Task Where_nothing_lies_nothing_is_taken()
    {
        using Repository source = Open("source");

        Assert.Null(await new Snapshot(source, SilentMonitor.Instance).TakeAsync("nothing", Token));
        await Assert.ThrowsAsync<UsageException>(() => new Snapshot(source, SilentMonitor.Instance).TakeAsync(".", Token));
    }

    [Fact]
    public async Task An_edit_is_not_overwritten_and_a_part_can_be_placed_alone()
    {
        using Repository source = Open("source");
        Fill(Path.Combine(source.Layout.Root, "data"));
        Pointer pointer = (await new Snapshot(source, SilentMonitor.Instance).TakeAsync("data", Token))!.Pointer;
        Sandboxed(source, "copy/a.onnx", "mine");

        CheckoutResult whole = await Roots(source).PlaceAsync("copy", pointer, "", force: false, Token);
        CheckoutResult part = await Roots(source).PlaceAsync("part", pointer, "deep", force: false, Token);

        Assert.Equal(["copy/a.onnx"], whole.Refused.Select(r => r.Path));
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(source.Layout.Root, "copy/a.onnx"), Token));
        Assert.Equal(2, part.Added);
        Assert.False(File.Exists(Path.Combine(source.Layout.Root, "part/a.onnx")));
        Assert.False(source.Base.Load()["part"].IsWhole);
    }

    [Fact]
    public async Task Inputs_are_compared_by_identity_and_every_difference_is_named()
    {
        using Repository source = Open("source");
        Fill(Path.Combine(source.Layout.Root, "data"));
        Pointer pointer = (await new Snapshot(source, SilentMonitor.Instance).TakeAsync("data", Token))!.Pointer;
        PlacedInput[] inputs = [new("data", pointer, "")];

        Assert.Empty((await new VerifyInputs(source, SilentMonitor.Instance).RunAsync(inputs, reread: false, Token)).Problems);
        Assert.Equal(8, (await new VerifyInputs(source, SilentMonitor.Instance).RunAsync(inputs, reread: true, Token)).Bytes);
        Sandboxed(source, "data/a.onnx", "other");
        Sandboxed(source, "data/extra", "x");
        File.Delete(Path.Combine(source.Layout.Root, "data/deep/b.bin"));
        VerifyResult result = await new VerifyInputs(source, SilentMonitor.Instance).RunAsync(inputs, reread: false, Token);

        Assert.Equal(
            [("data/a.onnx", ErrorKind.Corrupt), ("data/deep/b.bin", ErrorKind.Missing), ("data/extra", ErrorKind.Incomplete)],
            result.Problems.Select(p => (p.Path!, p.Kind)));
    }

    [Fact]
    public async Task What_is_pending_is_told_before_and_nothing_after()
    {
        using Repository source = Open("source");
        Fill(Path.Combine(source.Layout.Root, "data"));
        Pointer pointer = (await new Snapshot(source, SilentMonitor.Instance).TakeAsync("data", Token))!.Pointer;
        using Repository target = Open("target");
        PlacedInput[] inputs = [new("data", pointer, "")];

        PendingBytes before = await new PendingData(target, SilentMonitor.Instance).EstimateAsync(inputs, Token);
        await Roots(source).PushAsync(Remote(source), [pointer.ToRoot("data")], Token);
        await Roots(target).FetchAsync(Remote(target), [new WantedRoot(pointer.ToRoot("data"), "")], Token);
        await Roots(target).PlaceAsync("data", pointer, "", force: false, Token);
        PendingBytes after = await new PendingData(target, SilentMonitor.Instance).EstimateAsync(inputs, Token);

        Assert.Equal((new PendingBytes(17, 17), default), (before, after));
    }

    [Fact]
    public async Task Documents_of_runs_are_written_listed_and_read()
    {
        using Repository source = Open("source");
        using RemoteDocuments documents = await RemoteDocuments.OpenAsync(source, Remote(source), write: true, SilentMonitor.Instance, Token);

        await documents.WriteAsync("one/provenance.json", new BytesContent("{}"u8.ToArray()), WriteMode.Overwrite, Token);
        await documents.WriteAsync("by-commit/abc/one", new BytesContent(default), WriteMode.IfAbsent, Token);

        Assert.Equal("{}", Encoding.UTF8.GetString((await documents.TryReadAsync("one/provenance.json", 10, Token))!));
        Assert.Null(await documents.TryReadAsync("two/provenance.json", 10, Token));
        await Assert.ThrowsAsync<InvalidFormatException>(() => documents.TryReadAsync("one/provenance.json", 1, Token));
        var names = new List<string>();
        await foreach (BlobInfo blob in documents.ListAsync("by-commit/", Token))
            names.Add(blob.Name);
        Assert.Equal(["by-commit/abc/one"], names);
    }

    [Fact]
    public async Task Nothing_is_written_to_a_remote_that_came_with_the_repository()
    {
        using Repository source = Open("source");
        RemoteSettings stranger = Remote(source) with { Trusted = false };

        await Assert.ThrowsAsync<RemoteNotTrustedException>(() => RemoteDocuments.OpenAsync(source, stranger, write: true, SilentMonitor.Instance, Token));
        await Assert.ThrowsAsync<RemoteNotTrustedException>(() => Roots(source).PushAsync(stranger, [], Token));
    }

    private static void Fill(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "deep"));
        File.WriteAllText(Path.Combine(folder, "a.onnx"), "12345");
        File.WriteAllText(Path.Combine(folder, "deep/b.bin"), "abc");
        File.CreateSymbolicLink(Path.Combine(folder, "deep/link"), "../a.onnx");
    }

    private static void Sandboxed(Repository repository, string path, string text)
    {
        string full = Path.Combine(repository.Layout.Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private static RootTransfer Roots(Repository repository) => new(repository, SilentMonitor.Instance);

    private static RemoteSettings Remote(Repository repository) => repository.Settings.RequireRemote("origin");

    private Repository Open(string name, string config = "")
    {
        string dotDv = Path.Join(_folder.Path, name, ".dv");
        Directory.CreateDirectory(dotDv);
        File.WriteAllText(Path.Join(dotDv, "config.local"), $"[remote \"origin\"]\nurl = s3://bucket/x\n[core]\nremote = origin\n{config}");
        return Repository.Open(Path.Join(_folder.Path, name), new HostEnvironment(), (_, _) => _blobs);
    }
}
