using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Caches that may only be read: everything works from them, nothing is written to them, and what they lack goes elsewhere.</summary>
public class ReadOnlyCacheTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("copy")]
    [InlineData("hardlink")]
    [InlineData("symlink")]
    public async Task A_cache_on_a_read_only_disk_is_read_and_what_it_lacks_goes_to_the_repositorys_own(string links)
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(32);
        using var sandbox = new Sandbox();
        string cache = Path.Combine(disk.Root, "cache");
        (string source, string clone, string lacking) = await CreateAsync(sandbox, cache);
        sandbox.Set("DV_CACHE_LINK", links);
        disk.SetReadOnly(true);
        try
        {
            Ran pulled = await sandbox.DvOkAsync(clone, "pull");

            AssertSaidOnce(pulled, cache);
            Assert.Equal(Sandbox.Snapshot(Path.Combine(source, "data")), Contents(clone));
            Assert.True(File.Exists(StoredObjects.PathOf(StoredObjects.CacheOf(clone), lacking)));
            await UseAsync(sandbox, clone);
            File.Delete(Path.Combine(clone, "data/1.txt"));
            await sandbox.DvOkAsync(clone, "checkout");
            Assert.Equal(Sandbox.Snapshot(Path.Combine(source, "data")), Contents(clone));
            // What is added is stored here.
            Sandbox.Write(clone, "new.txt", "new");
            await sandbox.DvOkAsync(clone, "add", "new.txt");
            await sandbox.DvOkAsync(clone, "push");
            Assert.True(File.Exists(StoredObjects.PathOf(StoredObjects.CacheOf(clone), StoredObjects.HashOf(Path.Combine(clone, "new.txt")))));
        }
        finally
        {
            disk.SetReadOnly(false);
        }
    }

    [Fact]
    public async Task A_cache_of_another_user_is_read_and_not_touched()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "to be two users needs root");
        using var sandbox = new Sandbox();
        string cache = sandbox.At("cache");
        (string source, string clone, string lacking) = await CreateAsync(sandbox, cache);
        await AsNobody.GiveAsync(sandbox);
        await sandbox.RunAsync("chown", sandbox.Root, ["-R", "0:0", cache]);
        await sandbox.RunAsync("chmod", sandbox.Root, ["-R", "go-w", cache]);
        string before = await DescribeAsync(sandbox, cache);

        Ran pulled = await AsNobody.DvAsync(sandbox, clone, "pull");

        Assert.True(pulled.ExitCode == 0, pulled.ToString());
        AssertSaidOnce(pulled, cache);
        foreach (string[] command in (string[][])[["status", "--exit-code"], ["verify"], ["checkout"]])
        {
            Ran ran = await AsNobody.DvAsync(sandbox, clone, command);
            Assert.True(ran.ExitCode == 0, ran.ToString());
        }
        Assert.Equal(Sandbox.Snapshot(Path.Combine(source, "data")), Sandbox.Snapshot(Path.Combine(clone, "data")));
        Assert.True(File.Exists(StoredObjects.PathOf(StoredObjects.CacheOf(clone), lacking)));
        Assert.Equal(before, await DescribeAsync(sandbox, cache));
    }

    [Fact]
    public async Task Objects_of_a_further_cache_are_used_and_corrupt_ones_are_fetched_anew()
    {
        using var sandbox = new Sandbox();
        string cache = sandbox.At("cache");
        (string source, string clone, string lacking) = await CreateAsync(sandbox, cache);
        string bad = StoredObjects.PathOf(cache, StoredObjects.HashOf(Path.Combine(source, "data/2.txt")));
        File.SetUnixFileMode(bad, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(bad, "other", Cancel);
        string before = await DescribeAsync(sandbox, cache);
        sandbox.Set("DV_CACHE_DIR", "");
        sandbox.Set("DV_CACHE_ALTERNATES", cache);

        Ran pulled = await sandbox.DvOkAsync(clone, "pull");

        Assert.DoesNotContain("warning", pulled.Errors, StringComparison.Ordinal);
        Assert.Equal(Sandbox.Snapshot(Path.Combine(source, "data")), Sandbox.Snapshot(Path.Combine(clone, "data")));
        // Two contents came, and nothing else.
        string own = StoredObjects.CacheOf(clone);
        Assert.Equal(
            new[] { lacking, Path.GetFileName(Path.GetDirectoryName(bad)) + Path.GetFileName(bad) }.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Path.Combine(own, "objects", "sha256"), "*", SearchOption.AllDirectories)
                .Select(f => Path.GetFileName(Path.GetDirectoryName(f)) + Path.GetFileName(f)).Order(StringComparer.Ordinal));
        await UseAsync(sandbox, clone);
        Assert.Equal(before, await DescribeAsync(sandbox, cache));
    }

    // A cache with all but one of the contents of a dataset, and a clone that has nothing.
    private static async Task<(string Source, string Clone, string Lacking)> CreateAsync(Sandbox sandbox, string cache)
    {
        sandbox.Set("DV_CACHE_DIR", cache);
        string source = await sandbox.CreateRepositoryAsync("source");
        for (int i = 0; i < 6; i++)
            Sandbox.Write(source, $"data/{i}.txt", $"content {i}");
        await sandbox.DvOkAsync(source, "add", "data");
        await sandbox.CommitAsync(source, "v1");
        await sandbox.DvOkAsync(source, "push");
        string clone = await sandbox.CloneAsync(source, "clone");
        await sandbox.DvOkAsync(clone, "remote", "modify", "storage", "url", sandbox.At("storage"), "--local");
        string lacking = StoredObjects.HashOf(Path.Combine(source, "data/4.txt"));
        File.Delete(StoredObjects.PathOf(cache, lacking));
        return (source, clone, lacking);
    }

    private static async Task UseAsync(Sandbox sandbox, string clone)
    {
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
        await sandbox.DvOkAsync(clone, "verify");
        await sandbox.DvOkAsync(clone, "checkout");
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
    }

    private static void AssertSaidOnce(Ran ran, string cache)
    {
        string line = Assert.Single(ran.Errors.Split('\n'), l => l.Contains("may only be read", StringComparison.Ordinal));
        Assert.Contains(cache, line, StringComparison.Ordinal);
    }

    // What links lead to counts, not the links.
    private static string Contents(string clone) => string.Join('\n', Directory.EnumerateFiles(Path.Combine(clone, "data"))
        .Select(f => $"{Path.GetFileName(f)} f {StoredObjects.HashOf(f)}").Order(StringComparer.Ordinal));

    private static async Task<string> DescribeAsync(Sandbox sandbox, string folder) =>
        (await sandbox.RunAsync("find", folder, [folder, "-printf", "%p %m %U %T@ %C@\n"])).Output;
}
