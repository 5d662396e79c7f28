using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>What comes with a repository is not believed (DESIGN "Untrusted configuration").</summary>
public class HostileRepositoryTests
{
    [Fact]
    public async Task A_remote_that_came_with_the_repository_gives_data_and_gets_none_until_it_is_trusted()
    {
        using Victim victim = await Victim.CreateAsync();
        victim.PointFile("theirs", victim.Remote.Content("theirs"), 6);
        victim.Write("mine", "secret");
        Assert.Equal(0, (await victim.DvAsync("add", "mine")).ExitCode);
        string before = Sandbox.Snapshot(victim.Remote.Folder);

        Ran pull = await victim.DvAsync("pull", "theirs");
        Ran push = await victim.DvAsync("push");
        string untouched = Sandbox.Snapshot(victim.Remote.Folder);
        Ran allowed = await victim.Sandbox.DvWithAsync(victim.Repository, "DV_TRUST_REMOTE", "1", "push");
        Ran again = await victim.DvAsync("push");
        await victim.Sandbox.DvOkAsync(victim.Repository, "remote", "trust", "storage");
        Ran trusted = await victim.DvAsync("push");
        Directory.CreateDirectory(victim.Sandbox.At("elsewhere"));
        victim.Write(".dv/config", "[core]\n\tremote = storage\n[remote \"storage\"]\n\turl = ../elsewhere\n");
        Ran moved = await victim.DvAsync("push");

        Assert.True(pull.ExitCode == 0, pull.ToString());
        Assert.Equal("theirs", File.ReadAllText(victim.At("theirs")));
        Assert.Equal(2, push.ExitCode);
        Assert.Contains("dv remote trust storage", push.Errors, StringComparison.Ordinal);
        Assert.Equal(before, untouched);
        Assert.True(allowed.ExitCode == 0, allowed.ToString());
        Assert.Equal(2, again.ExitCode);
        Assert.True(trusted.ExitCode == 0, trusted.ToString());
        Assert.Equal(2, moved.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(victim.Sandbox.At("elsewhere")));
    }

    [Fact]
    public async Task Settings_that_reach_outside_are_ignored_with_a_warning()
    {
        using Victim victim = await Victim.CreateAsync();
        victim.Write(".dv/config", $"""
            [core]
                remote = storage
            [cache]
                dir = {victim.Outside}/cache
                shared = true
                trust = true
            [remote "storage"]
                url = ../storage
                account = attacker
                credentialfile = {victim.Sandbox.Home}/.ssh/id_ed25519
                profile = production
            """);
        victim.PointFile("x", victim.Remote.Content("evil"), 4);
        string before = victim.Surroundings();

        Ran ran = await victim.DvAsync("pull");

        Assert.True(ran.ExitCode == 0, ran.ToString());
        foreach (string key in (string[])["cache.dir", "cache.trust", "account", "credentialfile", "profile"])
            Assert.Contains(key, ran.Errors, StringComparison.Ordinal);
        Assert.Equal(before, victim.Surroundings());
        Assert.True(Directory.Exists(victim.At(".git/dv/cache/objects")));
    }

    [Theory]
    [InlineData("[include]\n\tpath = ../outside/precious.txt\n")]
    [InlineData("[includeIf \"gitdir:/\"]\n\tpath = ../outside/precious.txt\n")]
    [InlineData("[core]\n\tcommand = rm -rf /\n")]
    [InlineData("[remote \"../x\"]\n\turl = ../storage\n")]
    [InlineData("[core\n")]
    public async Task Configuration_that_is_not_ours_ends_every_command_with_its_place(string config)
    {
        using Victim victim = await Victim.CreateAsync();
        victim.Write(".dv/config", config);
        string before = victim.Surroundings();

        Ran ran = await victim.DvAsync("pull");

        Assert.True(ran.ExitCode == 2, ran.ToString());
        Assert.Contains(".dv/config:", ran.Errors, StringComparison.Ordinal);
        Assert.Equal(before, victim.Surroundings());
    }

    [Theory]
    [InlineData("config.local", "[cache]\n\tdir = ../outside\n")]
    [InlineData("index", "x")]
    [InlineData("base", "x")]
    [InlineData("cache/objects/sha256/aa/bb", "x")]
    public async Task State_that_Git_tracks_is_refused_where_it_would_be_used_and_else_ignored(string name, string text)
    {
        using Victim victim = await Victim.CreateAsync();
        victim.Write(".dv/" + name, text);
        await victim.Sandbox.GitAsync(victim.Repository, "add", "-f", ".dv");
        string before = victim.Surroundings();

        Ran ignored = await victim.DvAsync("status");
        // Where .git cannot hold the state it lies in .dv, as for a read-only .git.
        Directory.Delete(victim.At(".git/dv"), recursive: true);
        victim.Write(".git/dv", "in the way");
        Ran refused = await victim.DvAsync("status");
        await victim.Sandbox.GitAsync(victim.Repository, "rm", "-q", "-r", "--cached", ".dv/" + name);
        Ran untracked = await victim.DvAsync("config", "core.remote");

        Assert.True(ignored.ExitCode == 0, ignored.ToString());
        Assert.True(refused.ExitCode == 2, refused.ToString());
        Assert.Contains("tracked by Git", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("git rm -r --cached", refused.Errors, StringComparison.Ordinal);
        Assert.True(untracked.ExitCode == 0, untracked.ToString());
        Assert.Equal(before, victim.Surroundings());
    }

    [Theory]
    [InlineData("config.local")]
    [InlineData("cache")]
    [InlineData("index")]
    public async Task State_that_is_a_link_is_refused(string name)
    {
        using Victim victim = await Victim.CreateAsync();
        Directory.CreateDirectory(victim.At(".git/dv"));
        File.CreateSymbolicLink(victim.At(".git/dv/" + name), victim.Outside);
        victim.Write("x", "mine");
        string before = victim.Surroundings();

        Ran ran = await victim.DvAsync("add", "x");

        Assert.True(ran.ExitCode == 2, ran.ToString());
        Assert.Contains("symbolic link", ran.Errors, StringComparison.Ordinal);
        Assert.Equal(before, victim.Surroundings());
    }

    [Fact]
    public async Task Init_in_a_folder_with_links_of_others_does_not_write_through_them()
    {
        using Victim victim = await Victim.CreateAsync();
        Directory.Delete(victim.At(".dv"), recursive: true);
        File.CreateSymbolicLink(victim.At(".gitattributes"), Path.Combine(victim.Outside, "precious.txt"));
        string before = victim.Surroundings();

        Ran attributes = await victim.DvAsync("init");
        File.Delete(victim.At(".gitattributes"));
        if (Directory.Exists(victim.At(".dv")))
            Directory.Delete(victim.At(".dv"), recursive: true);
        File.CreateSymbolicLink(victim.At(".dv"), victim.Outside);
        Ran folder = await victim.DvAsync("init");

        Assert.Equal(2, attributes.ExitCode);
        Assert.Equal(2, folder.ExitCode);
        Assert.Equal(before, victim.Surroundings());
    }
}
