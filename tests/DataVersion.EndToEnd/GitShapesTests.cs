using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>What Git repositories look like beside the plain one.</summary>
public class GitShapesTests
{
    [Fact]
    public async Task Worktrees_share_the_cache_and_have_a_state_of_their_own()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        await AddAsync(sandbox, repository, "one");
        await sandbox.GitAsync(repository, "worktree", "add", "-q", "-b", "side", "../tree");
        string tree = sandbox.At("tree");

        Ran before = await sandbox.DvOkAsync(tree, "status", "--json");
        await sandbox.DvOkAsync(tree, "checkout");
        await AddAsync(sandbox, tree, "two");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        await sandbox.DvOkAsync(tree, "status", "--exit-code");

        Assert.Contains("not-pulled", before.Output, StringComparison.Ordinal);
        Assert.Equal("one", File.ReadAllText(Path.Combine(repository, "data/a.txt")));
        Assert.Equal("", await sandbox.GitAsync(tree, "status", "--porcelain"));
        Assert.Equal("", await sandbox.GitAsync(repository, "status", "--porcelain"));
        await sandbox.GitAsync(repository, "merge", "-q", "side");
        await sandbox.DvOkAsync(repository, "checkout");
        Assert.Equal("two", File.ReadAllText(Path.Combine(repository, "data/a.txt")));
    }

    [Fact]
    public async Task A_submodule_is_a_repository_of_its_own()
    {
        using var sandbox = new Sandbox();
        string library = await sandbox.CreateRepositoryAsync("library");
        await AddAsync(sandbox, library, "library");
        await sandbox.DvOkAsync(library, "push");
        string outer = await sandbox.CreateRepositoryAsync("outer");
        await sandbox.GitAsync(outer, "submodule", "--quiet", "add", library, "lib");
        await sandbox.GitAsync(outer, "commit", "-q", "-m", "submodule");
        await AddAsync(sandbox, outer, "outer");

        Ran status = await sandbox.DvOkAsync(outer, "status", "--json");
        Ran inside = await sandbox.DvAsync(outer, "add", "lib/data");
        // The submodule's remote is relative to it, so it is another folder here.
        await sandbox.DvOkAsync(Path.Combine(outer, "lib"), "remote", "add", "near", "../../storage", "--local", "--default");
        await sandbox.DvOkAsync(Path.Combine(outer, "lib"), "pull");

        Assert.DoesNotContain("lib", status.Output, StringComparison.Ordinal);
        Assert.Equal(2, inside.ExitCode);
        Assert.Equal("library", File.ReadAllText(Path.Combine(outer, "lib/data/a.txt")));
        Assert.Equal("", await sandbox.GitAsync(outer, "status", "--porcelain"));
        Assert.True(Directory.Exists(Path.Combine(outer, ".git/modules/lib/dv/cache/objects")));
    }

    [Fact]
    public async Task A_repository_with_SHA_256_works_alike()
    {
        using var sandbox = new Sandbox();
        string repository = Directory.CreateDirectory(sandbox.At("repo")).FullName;
        await sandbox.GitAsync(repository, "init", "-q", "--object-format=sha256");
        await sandbox.DvOkAsync(repository, "init", "-q");
        await sandbox.DvOkAsync(repository, "remote", "add", "storage", "../storage");
        await sandbox.CommitAsync(repository, "dv init");

        await AddAsync(sandbox, repository, "one");
        await AddAsync(sandbox, repository, "two");
        await sandbox.DvOkAsync(repository, "push", "--all-commits");
        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(clone, "fetch", "--rev", "HEAD~1");
        await sandbox.GitAsync(clone, "checkout", "-q", "HEAD~1");
        await sandbox.DvOkAsync(clone, "checkout");

        Assert.Equal("one", File.ReadAllText(Path.Combine(clone, "data/a.txt")));
        Assert.Equal("", await sandbox.GitAsync(repository, "status", "--porcelain"));
    }

    [Fact]
    public async Task Branches_and_a_detached_HEAD_bring_their_own_data()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        await AddAsync(sandbox, repository, "one");
        await sandbox.GitAsync(repository, "checkout", "-q", "-b", "side");
        Sandbox.Write(repository, "only/on/side.txt", "side");
        await sandbox.DvOkAsync(repository, "add", "only");
        await AddAsync(sandbox, repository, "two");

        await sandbox.GitAsync(repository, "checkout", "-q", "main");
        string porcelain = await sandbox.GitAsync(repository, "status", "--porcelain");
        await sandbox.DvOkAsync(repository, "checkout");
        string main = File.ReadAllText(Path.Combine(repository, "data/a.txt"));
        bool onlyOnSide = Directory.Exists(Path.Combine(repository, "only"));
        await sandbox.GitAsync(repository, "checkout", "-q", "--detach", "side");
        await sandbox.DvOkAsync(repository, "checkout");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        await AddAsync(sandbox, repository, "three");
        await sandbox.DvOkAsync(repository, "push");

        Assert.Equal("", porcelain);
        Assert.Equal("one", main);
        Assert.False(onlyOnSide, "what main does not track is gone, and came back");
        Assert.Equal("side", File.ReadAllText(Path.Combine(repository, "only/on/side.txt")));
        Assert.Equal("three", File.ReadAllText(Path.Combine(repository, "data/a.txt")));
    }

    [Fact]
    public async Task A_moved_pointer_takes_its_data_along()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        await AddAsync(sandbox, repository, "one");
        Directory.CreateDirectory(Path.Combine(repository, "new"));

        await sandbox.GitAsync(repository, "mv", "data.dv", "new/name.dv");
        Directory.Move(Path.Combine(repository, "data"), Path.Combine(repository, "new/name"));
        Ran moved = await sandbox.DvOkAsync(repository, "status", "--json");
        await sandbox.DvOkAsync(repository, "add", "new/name");
        await sandbox.DvOkAsync(repository, "checkout");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        await sandbox.GitAsync(repository, "commit", "-q", "-m", "moved");
        string afterMove = await sandbox.GitAsync(repository, "status", "--porcelain");
        await sandbox.GitAsync(repository, "mv", "new/name.dv", "back.dv");
        await sandbox.DvOkAsync(repository, "checkout");

        Assert.DoesNotContain("diverged", moved.Output, StringComparison.Ordinal);
        Assert.Equal("", afterMove);
        Assert.Equal("one", File.ReadAllText(Path.Combine(repository, "back/a.txt")));
        Assert.False(Directory.Exists(Path.Combine(repository, "new/name")));
    }

    [Fact]
    public async Task A_merge_of_two_branches_that_touch_different_data_needs_only_a_checkout()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        await AddAsync(sandbox, repository, "one");
        await sandbox.GitAsync(repository, "checkout", "-q", "-b", "side");
        Sandbox.Write(repository, "side.bin", "side");
        await sandbox.DvOkAsync(repository, "add", "side.bin");
        await sandbox.GitAsync(repository, "commit", "-q", "-m", "side");
        await sandbox.GitAsync(repository, "checkout", "-q", "main");
        await sandbox.DvOkAsync(repository, "checkout");
        await AddAsync(sandbox, repository, "two");

        await sandbox.GitAsync(repository, "merge", "-q", "-m", "merge", "side");
        await sandbox.DvOkAsync(repository, "checkout");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");

        Assert.Equal("side", File.ReadAllText(Path.Combine(repository, "side.bin")));
        Assert.Equal("two", File.ReadAllText(Path.Combine(repository, "data/a.txt")));
    }

    [Fact]
    public async Task Staging_is_left_to_the_user_who_wants_it_so()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "a.bin", "a");
        Sandbox.Write(repository, "b.bin", "b");
        Sandbox.Write(repository, "c.bin", "c");

        await sandbox.DvOkAsync(repository, "add", "--no-stage", "a.bin");
        string unstaged = await sandbox.GitAsync(repository, "diff", "--cached", "--name-only");
        await sandbox.DvOkAsync(repository, "config", "core.autostage", "false");
        await sandbox.DvOkAsync(repository, "add", "b.bin");
        string configured = await sandbox.GitAsync(repository, "diff", "--cached", "--name-only");
        await sandbox.DvOkAsync(repository, "add", "--stage", "c.bin");
        string staged = await sandbox.GitAsync(repository, "diff", "--cached", "--name-only");

        Assert.Equal(("", ""), (unstaged, configured));
        Assert.Equal([".gitignore", "c.bin.dv"], staged.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain(".bin\n", await sandbox.GitAsync(repository, "status", "--porcelain"), StringComparison.Ordinal);
    }

    private static async Task AddAsync(Sandbox sandbox, string repository, string text)
    {
        Sandbox.Write(repository, "data/a.txt", text);
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.GitAsync(repository, "commit", "-q", "-m", text);
    }
}
