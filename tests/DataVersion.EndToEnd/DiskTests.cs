using System.Security.Cryptography;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Disks that are full or read-only, and folders without permission: one clear line, and nothing half done.</summary>
public class DiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_that_is_full_during_add_is_named_and_the_same_command_completes_later()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(64);
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        sandbox.Set("DV_CACHE_DIR", Path.Combine(disk.Root, "cache"));
        await WriteLargeAsync(repository, 12);
        Sandbox.Write(repository, "small.txt", "small");
        await sandbox.DvOkAsync(repository, "add", "small.txt");
        string gitBefore = await sandbox.GitAsync(repository, "status", "--porcelain");
        string filler = Fill(disk.Root, leave: 3_000_000);

        Ran full = await sandbox.DvAsync(repository, "add", "data");

        AssertDiskFull(full);
        Assert.False(File.Exists(Path.Combine(repository, "data.dv")));
        Assert.Equal(gitBefore, await sandbox.GitAsync(repository, "status", "--porcelain"));
        StoredObjects.AssertWhole(Path.Combine(disk.Root, "cache"));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(disk.Root, "cache", "tmp")), f => new FileInfo(f).Length > 0);
        await sandbox.DvOkAsync(repository, "verify");
        File.Delete(filler);
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.DvOkAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        Assert.DoesNotContain("??", await sandbox.GitAsync(repository, "status", "--porcelain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_with_no_room_for_a_pointer_leaves_no_half_pointer()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(32);
        using var sandbox = new Sandbox(disk.Root);
        using var elsewhere = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        sandbox.Set("DV_CACHE_DIR", elsewhere.At("cache"));
        await WriteLargeAsync(repository, 2);
        string filler = Fill(disk.Root, leave: 0);

        Ran full = await sandbox.DvAsync(repository, "add", "data");

        AssertDiskFull(full);
        File.Delete(filler);
        Assert.True(!File.Exists(Path.Combine(repository, "data.dv")) || (await sandbox.DvAsync(repository, "verify")).ExitCode == 0);
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.DvOkAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        Assert.Equal("A  .gitignore\nA  data.dv\n", await sandbox.GitAsync(repository, "status", "--porcelain"));
    }

    [Fact]
    public async Task A_disk_that_is_full_during_pull_is_named_and_the_same_command_completes_later()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(64);
        using var sandbox = new Sandbox();
        string source = await sandbox.CreateRepositoryAsync();
        await WriteLargeAsync(source, 12);
        await sandbox.DvOkAsync(source, "add", "data");
        await sandbox.CommitAsync(source, "v1");
        await sandbox.DvOkAsync(source, "push");
        string clone = Path.Combine(disk.Root, "clone");
        await sandbox.GitAsync(sandbox.Root, "clone", "-q", source, clone);
        await sandbox.DvOkAsync(clone, "remote", "modify", "storage", "url", sandbox.At("storage"), "--local");
        string whole = Sandbox.Snapshot(Path.Combine(source, "data"));
        string filler = Fill(disk.Root, leave: 3_000_000);

        Ran fetching = await sandbox.DvAsync(clone, "pull");
        StoredObjects.AssertWhole(StoredObjects.CacheOf(clone));
        File.Delete(filler);
        // Room for the cache, not for the workspace.
        filler = Fill(disk.Root, leave: 17_000_000);
        Ran placing = await sandbox.DvAsync(clone, "pull");

        AssertDiskFull(fetching);
        AssertDiskFull(placing);
        // All that was to be fetched: the contents, their tree, and perhaps the tree of what was placed.
        Assert.InRange(StoredObjects.AssertWhole(StoredObjects.CacheOf(clone)), 13, 14);
        string placed = Directory.Exists(Path.Combine(clone, "data")) ? Sandbox.Snapshot(Path.Combine(clone, "data")) : "";
        Assert.Empty(placed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Except(whole.Split('\n')));
        await sandbox.DvOkAsync(clone, "status");
        File.Delete(filler);
        await sandbox.DvOkAsync(clone, "pull");
        Assert.Equal(whole, Sandbox.Snapshot(Path.Combine(clone, "data")));
        await sandbox.DvOkAsync(clone, "verify");
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
        Assert.Equal("", await sandbox.GitAsync(clone, "status", "--porcelain"));
    }

    [Fact]
    public async Task A_disk_that_is_full_during_push_is_named_and_the_same_command_completes_later()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(64);
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        string store = Path.Combine(disk.Root, "storage");
        await sandbox.DvOkAsync(repository, "remote", "modify", "storage", "url", store);
        await WriteLargeAsync(repository, 12);
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.CommitAsync(repository, "v1");
        string filler = Fill(disk.Root, leave: 3_000_000);

        Ran full = await sandbox.DvAsync(repository, "push");

        Assert.True(full.ExitCode is 3 or 6, full.ToString());
        Assert.Contains("no space left", full.Errors, StringComparison.Ordinal);
        StoredObjects.AssertWhole(Path.Combine(store, "dvstore", "v1"));
        Assert.False(Directory.Exists(Path.Combine(store, "dvstore", "v1", "receipts")), "a receipt speaks for what is not there");
        File.Delete(filler);
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(clone, "pull");
        await sandbox.DvOkAsync(clone, "verify");
    }

    [Fact]
    public async Task A_read_only_disk_can_be_looked_at_and_says_why_it_cannot_be_changed()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(32);
        using var sandbox = new Sandbox();
        string repository = Path.Combine(disk.Root, "repo");
        Directory.Move(await sandbox.CreateRepositoryAsync(), sandbox.At("moved"));
        await sandbox.RunAsync("cp", sandbox.Root, ["-r", sandbox.At("moved"), repository]);
        await sandbox.DvOkAsync(repository, "remote", "modify", "storage", "url", sandbox.At("storage"));
        Sandbox.Write(repository, "data/a.txt", "a");
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.CommitAsync(repository, "v1");
        Sandbox.Write(repository, "new.txt", "new");
        disk.SetReadOnly(true);
        try
        {
            await sandbox.DvOkAsync(repository, "status", "--exit-code");
            await sandbox.DvOkAsync(repository, "verify");
            await sandbox.DvOkAsync(repository, "push");
            foreach (string[] command in (string[][])[["add", "new.txt"], ["config", "core.jobs", "3"]])
            {
                Ran refused = await sandbox.DvAsync(repository, command);
                AssertOneLine(refused, 3);
                Assert.Contains("read-only", refused.Errors, StringComparison.OrdinalIgnoreCase);
            }
        }
        finally
        {
            disk.SetReadOnly(false);
        }
        await sandbox.DvOkAsync(repository, "add", "new.txt");
        await sandbox.DvOkAsync(repository, "verify");
    }

    [Fact]
    public async Task A_folder_without_permission_is_named()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/secret/a.txt", "a");
        Sandbox.Write(repository, "data/b.txt", "b");
        await AsNobody.GiveAsync(sandbox);
        foreach (string path in (string[])["data/secret", "data/b.txt"])
        {
            UnixFileMode mode = File.GetUnixFileMode(Path.Combine(repository, path));
            File.SetUnixFileMode(Path.Combine(repository, path), UnixFileMode.None);

            Ran refused = await AsNobody.DvAsync(sandbox, repository, "add", "data");

            AssertOneLine(refused, 3);
            Assert.Contains(path, refused.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(repository, "data.dv")));
            File.SetUnixFileMode(Path.Combine(repository, path), mode);
        }
        Ran added = await AsNobody.DvAsync(sandbox, repository, "add", "data");
        Assert.True(added.ExitCode == 0, added.ToString());
    }

    [Fact]
    public async Task A_workspace_or_a_git_folder_that_may_not_be_written_is_named_and_can_be_looked_at()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "a");
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.CommitAsync(repository, "v1");
        Sandbox.Write(repository, "new.txt", "new");
        await AsNobody.GiveAsync(sandbox);
        foreach (string folder in (string[])[repository, Path.Combine(repository, ".git")])
        {
            await sandbox.RunAsync("chmod", repository, ["-R", "a-w", folder]);

            Ran status = await AsNobody.DvAsync(sandbox, repository, "status", "--exit-code");
            Ran verify = await AsNobody.DvAsync(sandbox, repository, "verify");
            Ran refused = await AsNobody.DvAsync(sandbox, repository, "add", "new.txt");

            Assert.True(status.ExitCode == 0, status.ToString());
            Assert.True(verify.ExitCode == 0, verify.ToString());
            AssertOneLine(refused, 3);
            Assert.False(File.Exists(Path.Combine(repository, "new.txt.dv")));
            await sandbox.RunAsync("chmod", repository, ["-R", "u+w", folder]);
        }
        Ran added = await AsNobody.DvAsync(sandbox, repository, "add", "new.txt");
        Assert.True(added.ExitCode == 0, added.ToString());
    }

    // One error, with at most one hint below it; never a stack trace.
    private static void AssertOneLine(Ran ran, int exitCode)
    {
        Assert.True(ran.ExitCode == exitCode, ran.ToString());
        string[] lines = ran.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Count(l => l.Contains("error:", StringComparison.Ordinal)) == 1 && lines.Length <= 3, ran.ToString());
    }

    private static void AssertDiskFull(Ran ran)
    {
        AssertOneLine(ran, 3);
        Assert.Contains("no space left on the disk", ran.Errors, StringComparison.Ordinal);
    }

    private static async Task WriteLargeAsync(string repository, int mebibytes)
    {
        Directory.CreateDirectory(Path.Combine(repository, "data"));
        for (int i = 0; i < mebibytes; i++)
            await File.WriteAllBytesAsync(Path.Combine(repository, $"data/{i}.bin"), RandomNumberGenerator.GetBytes(1 << 20), Cancel);
    }

    // Fills the disk to its last block, and gives some room back.
    private static string Fill(string root, int leave)
    {
        string path = Path.Combine(root, "filler");
        byte[] block = RandomNumberGenerator.GetBytes(4096);
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
