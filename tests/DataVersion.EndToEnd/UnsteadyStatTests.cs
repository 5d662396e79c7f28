using System.Security.Cryptography;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>File systems whose stats do not keep: what they invent is dropped, and files are not read again for it.</summary>
public class UnsteadyStatTests
{
    private const int Size = 12 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Inode_numbers_that_each_mount_gives_out_anew_are_dropped_and_said(bool hardLinks)
    {
        ReadMeter.Require();
        using SshFileSystem disk = SshFileSystem.Mount(hardLinks);
        using var sandbox = new Sandbox();
        string repository = Path.Combine(disk.Root, "repo");
        await sandbox.RunAsync("cp", sandbox.Root, ["-r", await sandbox.CreateRepositoryAsync(), repository]);
        Directory.CreateDirectory(Path.Combine(repository, "data"));
        for (int i = 0; i < 4; i++)
        {
            string file = Path.Combine(repository, $"data/{i}.bin");
            await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(Size), Cancel);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));
        }
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        disk.Remount();
        // Where a file has one name only, nothing but another mount can show it.
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        disk.Remount();

        long read = await ReadMeter.BytesReadAsync(sandbox, repository, "status --exit-code");
        Ran verbose = await sandbox.DvOkAsync(repository, "status", "-v");

        Assert.InRange(read, 0, ReadMeter.Slack);
        Assert.Contains("fuse.sshfs localhost:", verbose.Errors, StringComparison.Ordinal);
        Assert.Contains("keeps no inode numbers; unchanged files are known by their size and times", verbose.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("inode", (await sandbox.DvOkAsync(repository, "status")).Errors, StringComparison.Ordinal);
        await AssertEditsShowAsync(sandbox, repository);
    }

    [Fact]
    public async Task A_local_disk_is_neither_probed_nor_mentioned()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "a");
        await sandbox.DvOkAsync(repository, "add", "data");

        Ran verbose = await sandbox.DvOkAsync(repository, "status", "-v");

        Assert.DoesNotContain("file system", verbose.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(repository, ".git/dv/tmp/witness")));
    }

    private static async Task AssertEditsShowAsync(Sandbox sandbox, string repository)
    {
        string file = Path.Combine(repository, "data/2.bin");
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(Size), Cancel);
        Ran status = await sandbox.DvOkAsync(repository, "status", "--json");
        Assert.Contains("{\"path\":\"data/2.bin\",\"state\":\"modified\"}", status.Output, StringComparison.Ordinal);
        await sandbox.DvOkAsync(repository, "checkout", "--force");
        await sandbox.DvOkAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
    }
}
