using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Symbolic links that would turn a write into one elsewhere (DESIGN "Paths", "Untrusted configuration").</summary>
public class HostileLinkTests
{
    [Theory]
    [InlineData("../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/../../../outside")]
    [InlineData("..")]
    public async Task A_link_of_a_tree_that_leaves_the_dataset_is_not_placed_and_the_rest_is(string target)
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        string file = remote.File("fine.txt", "fine"), link = remote.Link("leaves", target);
        victim.PointFolder("data", remote.Tree(file, link), 4 + target.Length, 2);
        string before = victim.Surroundings();

        Ran ran = await victim.DvAsync("pull");

        Assert.Contains(ran.ExitCode, (int[])[2, 3, 5]);
        Assert.Contains("data/leaves", ran.Errors, StringComparison.Ordinal);
        Assert.Equal("fine", File.ReadAllText(victim.At("data/fine.txt")));
        Assert.Null(new FileInfo(victim.At("data/leaves")).LinkTarget);
        Assert.Equal(before, victim.Surroundings());
    }

    [Fact]
    public async Task A_link_of_one_version_is_no_way_for_the_files_of_the_next()
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        string real = remote.Tree(remote.File("x", "old"));
        victim.PointFolder("data", remote.Tree(remote.Link("a", "b"), HostileRemote.Directory("b", real, 3, 1)), 4, 2);
        Assert.Equal(0, (await victim.DvAsync("pull")).ExitCode);
        string next = remote.Tree(remote.File("x", "new"));
        victim.PointFolder("data", remote.Tree(HostileRemote.Directory("a", next, 3, 1), HostileRemote.Directory("b", real, 3, 1)), 6, 2);

        Ran forth = await victim.DvAsync("pull");
        bool isFolder = new DirectoryInfo(victim.At("data/a")).LinkTarget is null;
        string there = File.ReadAllText(victim.At("data/b/x"));
        victim.PointFolder("data", remote.Tree(remote.Link("a", "b"), HostileRemote.Directory("b", real, 3, 1)), 4, 2);
        Ran back = await victim.DvAsync("pull");

        Assert.True(forth.ExitCode == 0, forth.ToString());
        Assert.True(isFolder);
        Assert.Equal("old", there);
        Assert.True(back.ExitCode == 0, back.ToString());
        Assert.Equal("b", new FileInfo(victim.At("data/a")).LinkTarget);
        Assert.Equal("old", File.ReadAllText(victim.At("data/b/x")));
    }

    [Fact]
    public async Task A_committed_link_in_place_of_a_parent_folder_is_not_written_through()
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        File.CreateSymbolicLink(victim.At("data"), victim.Outside);
        File.CreateSymbolicLink(victim.At("whole"), victim.Outside);
        Sandbox.Write(victim.Outside, "precious.txt.dv", $"dv: 1\ntype: file\nhash: sha256:{remote.Content("evil")}\nsize: 4\n");
        victim.PointFolder("whole", remote.Tree(remote.File("precious.txt", "evil")), 4, 1);
        string before = victim.Surroundings();

        Ran all = await victim.DvAsync("pull");
        Ran named = await victim.DvAsync("pull", "data/precious.txt");
        Ran add = await victim.DvAsync("add", "data/precious.txt");
        Ran status = await victim.DvAsync("status");

        Assert.Equal(3, all.ExitCode);
        Assert.Contains("whole", all.Errors, StringComparison.Ordinal);
        Assert.Equal(2, named.ExitCode);
        Assert.Equal(2, add.ExitCode);
        Assert.Equal(0, status.ExitCode);
        Assert.Equal(before, victim.Surroundings());
    }

    [Fact]
    public async Task A_folder_of_a_dataset_that_became_a_link_is_not_written_through_even_when_forced()
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        string sub = remote.Tree(remote.File("precious.txt", "evil"), remote.File("x", "x"));
        victim.PointFolder("data", remote.Tree(HostileRemote.Directory("sub", sub, 5, 2)), 5, 2);
        Assert.Equal(0, (await victim.DvAsync("pull")).ExitCode);
        Directory.Delete(victim.At("data/sub"), recursive: true);
        File.CreateSymbolicLink(victim.At("data/sub"), victim.Outside);
        string before = victim.Surroundings();

        Ran ran = await victim.DvAsync("checkout");
        string kept = victim.Surroundings();
        Ran forced = await victim.DvAsync("checkout", "--force");

        Assert.Equal(3, ran.ExitCode);
        Assert.Equal(before, kept);
        Assert.True(forced.ExitCode == 0, forced.ToString());
        Assert.Equal(before, victim.Surroundings());
        Assert.Equal("evil", File.ReadAllText(victim.At("data/sub/precious.txt")));
    }

    [Theory]
    [InlineData(".dv")]
    [InlineData(".dv/config")]
    public async Task The_repositorys_own_folder_and_configuration_may_not_be_links(string path)
    {
        using Victim victim = await Victim.CreateAsync();
        string aside = victim.Sandbox.At("aside");
        Directory.Move(victim.At(path), aside);
        File.CreateSymbolicLink(victim.At(path), aside);

        Ran ran = await victim.DvAsync("status");

        Assert.Equal(2, ran.ExitCode);
        Assert.Contains("symbolic link", ran.Errors, StringComparison.Ordinal);
        OneLineAndHint(ran);
    }

    [Fact]
    public async Task A_committed_gitignore_that_is_a_link_is_not_written_through()
    {
        using Victim victim = await Victim.CreateAsync();
        File.CreateSymbolicLink(victim.At(".gitignore"), Path.Combine(victim.Outside, "precious.txt"));
        victim.Write("x.bin", "mine");
        string before = victim.Surroundings();

        Ran ran = await victim.DvAsync("add", "x.bin");

        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains(".gitignore", ran.Errors, StringComparison.Ordinal);
        Assert.Equal(before, victim.Surroundings());
        Assert.False(File.Exists(victim.At("x.bin.dv")));
    }

    [Fact]
    public async Task A_pointer_that_is_a_link_is_not_read()
    {
        using Victim victim = await Victim.CreateAsync();
        Sandbox.Write(victim.Outside, "pointer", $"dv: 1\ntype: file\nhash: sha256:{victim.Remote.Content("evil")}\nsize: 4\n");
        File.CreateSymbolicLink(victim.At("x.dv"), Path.Combine(victim.Outside, "pointer"));

        Ran ran = await victim.DvAsync("pull");

        Assert.Equal(0, ran.ExitCode);
        Assert.False(File.Exists(victim.At("x")));
    }

    private static void OneLineAndHint(Ran ran)
    {
        string[] lines = ran.Errors.TrimEnd('\n').Split('\n');
        Assert.True(lines.Length <= 2, ran.ToString());
        Assert.StartsWith("dv: ", lines[0], StringComparison.Ordinal);
    }
}
