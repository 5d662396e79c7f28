using System.Text;
using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

/// <summary>Repositories that libgit2 cannot open, or would damage: the program does them, and without it one line says why.</summary>
public sealed class RefusedByLibraryTests
{
    private static readonly RevisionScope AllCommits = new() { AllCommits = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sha256_repositories_work_through_the_program()
    {
        using var git = new GitSandbox("--object-format=sha256");
        string commit = git.Commit("d/a.dv", "one");
        await CheckAll(git, commit);
        Assert.Equal(64, commit.Length);
        AssertNeedsGit(git, "SHA-256");
    }

    [Fact]
    public async Task A_split_index_works_through_the_program()
    {
        using var git = new GitSandbox();
        string commit = git.Commit("d/a.dv", "one");
        git.Git("update-index", "--split-index");
        await CheckAll(git, commit);
        GitRepository alone = git.Open(withProgram: false);
        Assert.Contains("split, sparse or damaged", Assert.Throws<GitException>(() => alone.FindTracked(["d"])).Message, StringComparison.Ordinal);
        var e = await Assert.ThrowsAsync<GitException>(() => alone.StageAsync(["d/a.dv"], Cancellation));
        Assert.Contains("link", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(git.Root, ".git", "index.lock")));
    }

    [Fact]
    public async Task A_sparse_index_works_through_the_program()
    {
        using var git = new GitSandbox();
        git.Commit("hidden/deep/h.dv", "hidden");
        string commit = git.Commit("d/a.dv", "one");
        git.Git("sparse-checkout", "set", "--cone", "--sparse-index", "d");
        await CheckAll(git, commit);
        Assert.Equal(["hidden/deep"], git.Open().FindTracked(["hidden/deep", "hidden/none"]));
        Assert.Contains("hidden/deep/h.dv", git.Staged());
    }

    [Fact]
    public void History_cut_off_by_a_shallow_clone_is_read_through_the_program()
    {
        using var git = new GitSandbox();
        git.Commit("a.dv", "one");
        git.Commit("a.dv", "two");
        string clone = git.Beside("clone");
        git.Git("clone", "-q", "--depth", "1", "file://" + git.Root, clone);

        Assert.Equal("two", Encoding.UTF8.GetString(Assert.Single(git.Open(folder: clone).ReadFiles(AllCommits, _ => true, 100, Cancellation)).Content));
        Assert.Null(git.Open(folder: clone).TryResolve("HEAD~1"));
        var e = Assert.Throws<GitException>(() => git.Open(withProgram: false, folder: clone).ReadFiles(AllCommits, _ => true, 100, Cancellation));
        Assert.Contains("shallow", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partial_clone_fetches_what_is_needed_through_the_program()
    {
        using var git = new GitSandbox();
        git.Git("config", "uploadpack.allowFilter", "true");
        git.Git("config", "uploadpack.allowAnySHA1InWant", "true");
        git.Commit("d/a.dv", "one");
        string commit = git.Commit("d/a.dv", "two");
        string clone = git.Beside("clone");
        git.Git("clone", "-q", "--filter=blob:none", "file://" + git.Root, clone);
        GitRepository repository = git.Open(folder: clone);

        Assert.Equal(["one", "two"], repository.ReadFiles(AllCommits, _ => true, 100, Cancellation).Select(file => Encoding.UTF8.GetString(file.Content)).Order());
        Assert.Equal(commit, repository.Head);
        await File.WriteAllTextAsync(Path.Combine(clone, "b.dv"), "new", Cancellation);
        await repository.StageAsync(["b.dv"], Cancellation);
        Assert.Equal(["b.dv", "d/a.dv"], git.Staged(clone));
    }

    [Fact]
    public void A_repository_of_another_owner_is_refused_with_the_way_out()
    {
        using var git = new GitSandbox();
        string commit = git.Commit("a.dv", "one");
        if (!IsRoot())
            Assert.Skip("only root can give files away");
        git.GitIn("/", "-c", "alias.own=!chown -R 12345:12345 '" + git.Root + "'", "own");

        Assert.Equal(commit, git.Open().Head);
        Assert.Equal(["a.dv"], git.Open().FindTracked(["a.dv"]));
        var e = Assert.Throws<GitException>(() => git.Open().TryResolve("HEAD"));
        Assert.Contains("dubious ownership", e.Message, StringComparison.Ordinal);
        Assert.Contains($"git config --global --add safe.directory '{git.Root}'", e.Hint, StringComparison.Ordinal);
        Assert.Contains("another user", Assert.Throws<GitException>(() => git.Open(withProgram: false).TryResolve("HEAD")).Message, StringComparison.Ordinal);

        // The user has said in git's own environment that he trusts it: libgit2 does not see that, the program does.
        var trusting = new Dictionary<string, string>(GitSandbox.Variables)
        {
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "safe.directory",
            ["GIT_CONFIG_VALUE_0"] = git.Root,
        };
        Assert.Equal(commit, GitRepository.Discover(git.Root, GitSandbox.Find(trusting))!.TryResolve("HEAD"));
    }

    [Fact]
    public void Reftable_is_named_where_the_program_is_missing()
    {
        using var git = new GitSandbox();
        git.Git("config", "core.repositoryformatversion", "1");
        git.Git("config", "extensions.refStorage", "reftable");
        var e = Assert.Throws<GitException>(() => git.Open(withProgram: false).Head);
        Assert.Contains("references in the reftable format", e.Message, StringComparison.Ordinal);
        Assert.Equal("install git, or put it on the PATH", e.Hint);
    }

    [Fact]
    public async Task Variables_of_a_hook_do_not_lead_git_elsewhere()
    {
        using var git = new GitSandbox("--object-format=sha256");
        using var other = new GitSandbox();
        var hook = new Dictionary<string, string>(GitSandbox.Variables) { ["GIT_LITERAL_PATHSPECS"] = "1" };
        git.Write("a.dv", "x");
        Environment.SetEnvironmentVariable("GIT_DIR", Path.Combine(other.Root, ".git"));
        try
        {
            await GitRepository.Discover(git.Root, GitSandbox.Find(hook))!.StageAsync(["a.dv"], Cancellation);
        }
        finally
        {
            Environment.SetEnvironmentVariable("GIT_DIR", null);
        }
        Assert.Equal(["a.dv"], git.Staged());
        Assert.Empty(other.Staged());
    }

    // Every question, in a repository whose HEAD holds d/a.dv = "one".
    private static async Task CheckAll(GitSandbox git, string commit)
    {
        GitRepository repository = git.Open();
        Assert.Equal("main", repository.Branch);
        Assert.Equal(commit, repository.Head);
        Assert.Equal(commit, repository.TryResolve("main"));
        Assert.Equal(["d/", "d/a.dv"], repository.FindTracked(["d/", "d/a.dv", "d/a", "x"]));
        Assert.Contains(repository.ReadFiles(AllCommits, _ => true, 100, Cancellation), file => file.Path == "d/a.dv" && file.Content.SequenceEqual("one"u8.ToArray()));
        git.Write("d/new one.dv", "two");
        await repository.StageAsync(["d/new one.dv", "d/gone.dv"], Cancellation);
        Assert.Contains("d/new one.dv", git.Staged());
        Assert.Equal("two", git.Git("show", ":d/new one.dv"));
        File.Delete(Path.Combine(git.Root, "d/new one.dv"));
        await repository.StageAsync(["d/new one.dv"], Cancellation);
        Assert.DoesNotContain("d/new one.dv", git.Staged());
    }

    private static void AssertNeedsGit(GitSandbox git, string cause)
    {
        GitRepository alone = git.Open(withProgram: false);
        Assert.Equal(git.Open().Head, alone.Head);
        Assert.Equal(["d"], alone.FindTracked(["d"]));
        var e = Assert.Throws<GitException>(() => alone.TryResolve("HEAD"));
        Assert.Contains("needs the git program, which was not found", e.Message, StringComparison.Ordinal);
        Assert.Contains(cause, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    private static bool IsRoot() => Environment.UserName == "root";
}
