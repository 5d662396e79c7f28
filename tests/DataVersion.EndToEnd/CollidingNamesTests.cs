using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Names that a file system takes for the same are refused before anything of their folder is placed; no file replaces another.</summary>
public class CollidingNamesTests
{
    private const string Composed = "caf\u00e9.txt", Decomposed = "cafe\u0301.txt";

    [Theory]
    [InlineData("normalization=formD", Composed, Decomposed)]
    [InlineData("normalization=formC", Decomposed, Composed)]
    // U+212B and U+212A: signs that normalise to a letter, one of them to ASCII.
    [InlineData("normalization=formC", "\u212b.txt", "\u00c5.txt")]
    [InlineData("normalization=formD", "\u212a.txt", "K.txt")]
    [InlineData("casesensitivity=insensitive", "readme.txt", "README.txt")]
    [InlineData("casesensitivity=insensitive", "\u00fc.txt", "\u00dc.txt")]
    public async Task Names_that_are_one_to_the_file_system_are_refused_and_nothing_of_their_folder_is_placed(string property, string one, string two)
    {
        using ZfsFileSystem disk = ZfsFileSystem.Mount(property);
        using var sandbox = new Sandbox();
        string source = await PushedAsync(sandbox, one, two);
        string clone = await CloneToAsync(sandbox, source, disk.Root);

        Ran pull = await sandbox.DvAsync(clone, "pull");

        Assert.True(pull.ExitCode == 3, pull.ToString());
        Assert.Contains("collides with a name that this file system takes for the same", pull.Errors, StringComparison.Ordinal);
        Assert.Equal(["plain"], Directory.GetFileSystemEntries(Path.Combine(clone, "data")).Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Combine(clone, "data/plain/a.txt")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(clone, ".git/dv/tmp"), ".dv-tmp*"));
        // Nothing was placed of it, so nothing is deleted either: adding must not drop the names from the dataset.
        Ran add = await sandbox.DvAsync(clone, "add", "data");
        Assert.True(add.ExitCode == 0, add.ToString());
        Assert.Equal("", await sandbox.GitAsync(clone, "status", "--porcelain"));
    }

    [Fact]
    public async Task Names_of_which_only_one_is_wanted_are_no_collision()
    {
        using ZfsFileSystem disk = ZfsFileSystem.Mount("normalization=formD");
        using var sandbox = new Sandbox();
        string source = await PushedAsync(sandbox, Composed, "tea.txt");
        string clone = await CloneToAsync(sandbox, source, disk.Root);

        await sandbox.DvOkAsync(clone, "pull");

        Assert.Equal("1", File.ReadAllText(Path.Combine(clone, "data/names", Composed)));
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
    }

    [Fact]
    public async Task A_file_of_the_user_that_has_the_name_in_another_form_is_not_overwritten()
    {
        using ZfsFileSystem disk = ZfsFileSystem.Mount("normalization=formD");
        using var sandbox = new Sandbox();
        string source = await PushedAsync(sandbox, Composed, "tea.txt");
        string clone = await CloneToAsync(sandbox, source, disk.Root);
        Sandbox.Write(clone, "data/names/" + Decomposed, "the user's own");

        Ran pull = await sandbox.DvAsync(clone, "pull");

        Assert.True(pull.ExitCode == 3, pull.ToString());
        Assert.Equal("the user's own", File.ReadAllText(Path.Combine(clone, "data/names", Decomposed)));
    }

    [Fact]
    public async Task On_a_local_disk_names_that_differ_in_form_alone_lie_side_by_side()
    {
        using var sandbox = new Sandbox();
        string source = await PushedAsync(sandbox, Composed, Decomposed);
        string clone = await sandbox.CloneAsync(source, "clone");

        await sandbox.DvOkAsync(clone, "pull");

        Assert.Equal("1", File.ReadAllText(Path.Combine(clone, "data/names", Composed)));
        Assert.Equal("2", File.ReadAllText(Path.Combine(clone, "data/names", Decomposed)));
    }

    private static async Task<string> PushedAsync(Sandbox sandbox, string one, string two)
    {
        string source = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(source, "data/names/" + one, "1");
        Sandbox.Write(source, "data/names/" + two, "2");
        Sandbox.Write(source, "data/plain/a.txt", "a");
        await sandbox.DvOkAsync(source, "add", "data");
        await sandbox.CommitAsync(source, "v1");
        await sandbox.DvOkAsync(source, "push");
        return source;
    }

    private static async Task<string> CloneToAsync(Sandbox sandbox, string source, string disk)
    {
        string clone = Path.Combine(disk, "clone");
        await sandbox.GitAsync(sandbox.Root, "clone", "-q", source, clone);
        await sandbox.DvOkAsync(clone, "remote", "modify", "storage", "url", sandbox.At("storage"), "--local");
        return clone;
    }
}
