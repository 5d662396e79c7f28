using System.Globalization;
using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>
/// What a killed command leaves half-written among the user's files, where it could not be written elsewhere, is removed by the next one that comes by;
/// what a living process writes is not.
/// </summary>
public class LeftoverTests
{
    private const int Killed = 128 + 9;

    [Theory]
    [InlineData("checkout")]
    [InlineData("pull")]
    [InlineData("add data single.bin")]
    public async Task A_workspace_on_another_disk_than_git_is_tidied_by_the_next_command(string next)
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(32);
        using var sandbox = new Sandbox();
        string clone = await CloneToAsync(sandbox, disk.Root);
        string inFolder = await KillWhilePlacingAsync(sandbox, clone, "data/sub");
        string beside = await KillWhilePlacingAsync(sandbox, clone, "single.bin");
        Assert.Equal(Path.Combine(clone, "data/sub"), Path.GetDirectoryName(inFolder));
        Assert.Equal(clone, Path.GetDirectoryName(beside));
        string living = await PretendToLiveAsync(inFolder);
        if (next.StartsWith("add", StringComparison.Ordinal))
        {
            Sandbox.Write(clone, "data/new.txt", "new");
            Sandbox.Write(clone, "single.bin", "taken as it is");
        }

        await sandbox.RunAsync("sh", clone, ["-c", $"\"$0\" {next} --force", DvProgram.FilePath]);

        Assert.False(File.Exists(inFolder), "what lay in the folder is still there");
        Assert.False(File.Exists(beside), "what lay beside the file is still there");
        Assert.True(File.Exists(living), "a living process's file was removed");
        File.Delete(living);
        await sandbox.DvOkAsync(clone, "checkout", "--force");
        await sandbox.DvOkAsync(clone, "verify");
    }

    [Fact]
    public async Task Commands_that_only_look_remove_nothing()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(32);
        using var sandbox = new Sandbox();
        string clone = await CloneToAsync(sandbox, disk.Root);
        string left = await KillWhilePlacingAsync(sandbox, clone, "data/sub");

        await sandbox.DvOkAsync(clone, "status");
        await sandbox.DvAsync(clone, "verify");

        Assert.True(File.Exists(left));
    }

    [Theory]
    [InlineData("link-to-file")]
    [InlineData("link-to-folder")]
    public async Task An_add_that_was_killed_while_it_copied_what_links_point_to_is_completed_and_tidied(string link)
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(sandbox.Root, "elsewhere/file.txt", "from elsewhere");
        Sandbox.Write(repository, "data/a.txt", "a");
        File.CreateSymbolicLink(Path.Combine(repository, "data", link), sandbox.At(link == "link-to-file" ? "elsewhere/file.txt" : "elsewhere"));

        Ran killed = await sandbox.DvWithAsync(repository, "DV_FAILPOINT", "dereference.copied", "add", "--dereference", "data");

        Assert.True(killed.ExitCode == Killed, killed.ToString());
        // The link stands until its copy takes its place.
        Assert.NotNull(new FileInfo(Path.Combine(repository, "data", link)).LinkTarget);
        Assert.Single(Leftovers(repository));
        await sandbox.DvOkAsync(repository, "add", "--dereference", "data");
        Assert.Empty(Leftovers(repository));
        Assert.Equal("from elsewhere", File.ReadAllText(Path.Combine(repository, "data", link == "link-to-file" ? link : $"{link}/file.txt")));
        await sandbox.DvOkAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
    }

    // Its Git directory, and with it the place for half-written files, is on another file system.
    private static async Task<string> CloneToAsync(Sandbox sandbox, string disk)
    {
        string source = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(source, "data/sub/a.txt", "a");
        Sandbox.Write(source, "data/b.txt", "b");
        Sandbox.Write(source, "single.bin", "single");
        await sandbox.DvOkAsync(source, "add", "data", "single.bin");
        await sandbox.CommitAsync(source, "v1");
        await sandbox.DvOkAsync(source, "push");
        string clone = Path.Combine(disk, "clone");
        await sandbox.GitAsync(sandbox.Root, "clone", "-q", "--separate-git-dir", sandbox.At("git"), source, clone);
        await sandbox.DvOkAsync(clone, "remote", "modify", "storage", "url", sandbox.At("storage"), "--local");
        await sandbox.DvOkAsync(clone, "fetch");
        return clone;
    }

    private static async Task<string> KillWhilePlacingAsync(Sandbox sandbox, string clone, string path)
    {
        HashSet<string> before = [.. Leftovers(clone)];
        Ran killed = await sandbox.DvWithAsync(clone, "DV_FAILPOINT", "place.temp-written", "checkout", path);
        Assert.True(killed.ExitCode == Killed, killed.ToString());
        return Assert.Single(Leftovers(clone), l => !before.Contains(l));
    }

    // The same name with the number of a process that lives: this one.
    private static async Task<string> PretendToLiveAsync(string leftover)
    {
        string[] parts = Path.GetFileName(leftover).Split('-', '.');
        string living = Path.Combine(Path.GetDirectoryName(leftover)!,
            $".dv-tmp.{parts[3]}-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}.{parts[5]}.{parts[6]}");
        await File.WriteAllTextAsync(living, "half", TestContext.Current.CancellationToken);
        return living;
    }

    private static IEnumerable<string> Leftovers(string repository) =>
        Directory.EnumerateFileSystemEntries(repository, ".dv-tmp*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(e => !e.Contains("/.git/", StringComparison.Ordinal));
}
