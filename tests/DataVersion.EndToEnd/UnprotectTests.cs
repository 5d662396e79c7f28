using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Files of the user's own in place of links into the cache.</summary>
public class UnprotectTests
{
    [Fact]
    public async Task A_workspace_on_another_disk_than_git_is_made_writable_too()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(32);
        using var sandbox = new Sandbox();
        string source = await sandbox.CreateRepositoryAsync();
        string clone = Path.Combine(disk.Root, "clone");
        await sandbox.GitAsync(sandbox.Root, "clone", "-q", "--separate-git-dir", sandbox.At("git"), source, clone);
        await sandbox.DvOkAsync(clone, "config", "cache.link", "symlink", "--local");
        Sandbox.Write(clone, "data/a.txt", "a");
        await sandbox.DvOkAsync(clone, "add", "data");
        string file = Path.Combine(clone, "data/a.txt");
        Assert.NotNull(new FileInfo(file).LinkTarget);

        await sandbox.DvOkAsync(clone, "unprotect", "data");

        Assert.Null(new FileInfo(file).LinkTarget);
        Assert.Equal("a", File.ReadAllText(file));
        Assert.Equal(["a.txt"], Directory.GetFileSystemEntries(Path.Combine(clone, "data")).Select(Path.GetFileName));
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
    }

    [Fact]
    public async Task A_read_only_program_is_made_writable_and_stays_a_program()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/run.sh", "#!/bin/sh\n");
        string file = Path.Combine(repository, "data/run.sh");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await sandbox.DvOkAsync(repository, "add", "data");

        await sandbox.DvOkAsync(repository, "unprotect", "data");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(file) & (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
    }
}
