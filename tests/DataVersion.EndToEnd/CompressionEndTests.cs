using System.Diagnostics;
using System.Globalization;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>A push that ends while it compresses a large object: by a full disk, or by Ctrl-C. Nothing of it is left, here or on the remote.</summary>
public sealed class CompressionEndTests : IDisposable
{
    private static readonly EnumerationOptions All = new() { RecurseSubdirectories = true, AttributesToSkip = 0 };

    private readonly Sandbox _sandbox = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Store => _sandbox.At("storage", "dvstore", "v1");

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_disk_that_is_full_is_named_and_the_same_command_completes_later()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(64);
        string cache = Path.Combine(disk.Root, "cache");
        _sandbox.Set("DV_CACHE_DIR", cache);
        string repository = await CreateAsync(megabytes: 20);
        // The object is there, and takes half as much again compressed.
        string filler = Fill(disk.Root, leave: 5_000_000);

        Ran full = await _sandbox.DvAsync(repository, "push");

        Assert.True(full.ExitCode == 3, full.ToString());
        string[] lines = full.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length <= 3, full.ToString());
        Assert.Contains("no space left on the disk", Assert.Single(lines, l => l.Contains("error:", StringComparison.Ordinal)), StringComparison.Ordinal);
        AssertNothingLeft(Path.Combine(cache, "tmp"));
        File.Delete(filler);
        await AssertCompletesAsync(repository);
        AssertNothingLeft(Path.Combine(cache, "tmp"));
    }

    [Fact]
    public async Task Ctrl_C_leaves_no_temporary_file_and_nothing_half_visible()
    {
        string repository = await CreateAsync(megabytes: 250);
        string temporary = Path.Combine(StoredObjects.CacheOf(repository), "tmp");

        // Slow enough to be met half-way, while it compresses or while it sends that, however busy the machine is.
        // A suite that a shell started in the background has SIGINT ignored, and every child inherits that.
        using Process process = _sandbox.Start("env", repository, ["--default-signal=INT", DvProgram.FilePath, "push", "--limit-rate", "20M"]);
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        while (!process.HasExited && !Directory.EnumerateFiles(temporary, "*.zst", All).Any(f => new FileInfo(f) is { Exists: true, Length: > 0 }))
            await Task.Delay(2, Cancel);
        await _sandbox.RunAsync("kill", repository, ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(Cancel);

        Assert.True(process.ExitCode == 130, await errors);
        Assert.Contains("what was finished is kept", await errors, StringComparison.Ordinal);
        AssertNothingLeft(temporary);
        await AssertCompletesAsync(repository);
    }

    private async Task<string> CreateAsync(int megabytes)
    {
        string repository = await _sandbox.CreateRepositoryAsync();
        await _sandbox.DvOkAsync(repository, "remote", "modify", "storage", "layout", "packed");
        await _sandbox.DvOkAsync(repository, "remote", "modify", "storage", "compress", "zstd");
        Directory.CreateDirectory(Path.Combine(repository, "data"));
        HexText.Write(Path.Combine(repository, "data/table.hex"), megabytes);
        Sandbox.Write(repository, "data/small.txt", "small");
        await _sandbox.DvOkAsync(repository, "add", "data");
        await _sandbox.CommitAsync(repository, "v1");
        return repository;
    }

    private void AssertNothingLeft(string temporary)
    {
        Assert.Empty(Directory.EnumerateFiles(temporary, "*.zst", All));
        StoredObjects.AssertWhole(Store);
        Assert.False(Directory.Exists(Path.Combine(Store, "objects")) && !Directory.Exists(Path.Combine(Store, "receipts")), "an object was published");
    }

    private async Task AssertCompletesAsync(string repository)
    {
        Assert.False(Directory.Exists(Path.Combine(Store, "receipts")), "a receipt speaks for what is not there");
        Assert.False(Directory.Exists(Path.Combine(Store, "catalogs")), "a catalog speaks for what is not there");
        await _sandbox.DvOkAsync(repository, "push");
        StoredObjects.AssertWhole(Store);
        string clone = await _sandbox.CloneAsync(repository, "clone");
        await _sandbox.DvOkAsync(clone, "cat", "data/small.txt");
        await _sandbox.DvOkAsync(repository, "status", "--remote", "--exit-code");
        Assert.Equal(StoredObjects.HashOf(Path.Combine(repository, "data/table.hex")) + ".zst", Path.GetFileName(HexOf(Assert.Single(Directory.EnumerateFiles(Store, "*.zst", All)))));
    }

    private static string HexOf(string file) => Path.GetFileName(Path.GetDirectoryName(file)) + Path.GetFileName(file);

    // Fills the disk to its last block, and gives some room back.
    private static string Fill(string root, int leave)
    {
        string path = Path.Combine(root, "filler");
        byte[] block = new byte[4096];
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            file.SetLength(Math.Max(0, file.Length - leave));
            file.Flush(flushToDisk: true);
        }
        return path;
    }
}
