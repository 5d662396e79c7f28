using System.Text;
using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

/// <summary>A repository that another user owns, as one mounted into a container: it can be read, and nothing that it configures is run.</summary>
public sealed class ForeignRepositoryTests
{
    private static readonly RevisionScope Head = new() { Revision = "HEAD" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "sha1")]
    [InlineData(false, "sha1")]
    [InlineData(true, "sha256")]
    public void Everything_is_read(bool withProgram, string format)
    {
        using var git = new GitSandbox($"--object-format={format}");
        string commit = Fill(git);
        GiveAway(git, git.Root);

        GitRepository repository = git.Open(withProgram: withProgram).ForReading();

        Assert.Equal(commit, repository.Head);
        Assert.Equal(commit, repository.TryResolve("main"));
        Assert.Equal(["v1"], repository.FindTags(commit));
        Assert.Equal("two", Encoding.UTF8.GetString(repository.ReadAt("HEAD", "a.dv", 100, Cancellation)!));
        Assert.Contains(repository.ReadFiles(Head, _ => true, 100, Cancellation), file => file.Path == "a.dv");
        Assert.Equal([new GitChange("a.dv", GitChangeKind.Modified), new GitChange("new", GitChangeKind.Untracked)], repository.FindChanges(Cancellation));
        Assert.Contains("a.dv", Encoding.UTF8.GetString(repository.DiffHead([], 10_000, Cancellation).Content), StringComparison.Ordinal);
        Assert.Equal(["v1"], git.Open(withProgram: withProgram).ForReading().FindTags("" + repository.TryResolve("v1")));
    }

    [Fact]
    public void A_worktree_of_it_is_read_without_the_program()
    {
        using var git = new GitSandbox();
        Fill(git);
        string tree = git.Beside("tree");
        git.Git("worktree", "add", "-q", "-b", "side", tree, "HEAD~1");
        File.WriteAllText(Path.Combine(tree, "new"), "x");
        GiveAway(git, git.Root);
        GiveAway(git, tree);

        GitRepository repository = git.Open(withProgram: false, folder: tree).ForReading();

        Assert.Equal("side", repository.Branch);
        Assert.Equal(repository.Head, repository.TryResolve("HEAD"));
        Assert.Equal("one", Encoding.UTF8.GetString(repository.ReadAt("HEAD", "a.dv", 100, Cancellation)!));
        Assert.Equal([new GitChange("new", GitChangeKind.Untracked)], repository.FindChanges(Cancellation));
    }

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    public void What_it_configures_is_not_run(string format)
    {
        using var git = new GitSandbox($"--object-format={format}");
        Fill(git);
        git.Commit(".gitattributes", "* filter=evil diff=evil\n");
        string trace = git.Beside("trace");
        string command = $"sh -c 'echo $0 >> {trace}; cat'";
        foreach (string key in (string[])["filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.fsmonitor", "diff.external", "diff.evil.textconv", "core.pager"])
            git.Git("config", key, command);
        git.Git("config", "filter.evil.required", "true");
        GiveAway(git, git.Root);

        GitRepository repository = git.Open().ForReading();

        Assert.Contains(repository.FindChanges(Cancellation), change => change.Path == "a.dv");
        Assert.Contains("+three", Encoding.UTF8.GetString(repository.DiffHead([], 10_000, Cancellation).Content), StringComparison.Ordinal);
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public async Task It_is_not_written_to()
    {
        using var git = new GitSandbox();
        await Assert.ThrowsAsync<InvalidOperationException>(() => git.Open().ForReading().StageAsync(["a"], Cancellation));
    }

    [Fact]
    public void No_temporary_folder_is_left()
    {
        using var git = new GitSandbox();
        string commit = Fill(git);
        GiveAway(git, git.Root);
        HashSet<string> before = [.. Directory.EnumerateDirectories(Path.GetTempPath(), "dv-git-*")];

        git.Open(withProgram: false).ForReading().FindTags(commit);

        // Other tests make such folders at the same time; those go as well, and none holds this repository's path.
        Assert.DoesNotContain(Directory.EnumerateDirectories(Path.GetTempPath(), "dv-git-*").Except(before), folder => Borrows(folder, git.Root));
    }

    private static bool Borrows(string folder, string root)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, ".git", "objects", "info", "alternates")).Contains(root, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Fill(GitSandbox git)
    {
        git.Commit("a.dv", "one");
        string commit = git.Commit("a.dv", "two");
        git.Git("tag", "-a", "-m", "x", "v1");
        git.Git("pack-refs", "--all");
        git.Git("repack", "-q", "-a", "-d");
        git.Write("a.dv", "three");
        git.Write("new", "x");
        return commit;
    }

    private static void GiveAway(GitSandbox git, string folder)
    {
        if (Environment.UserName != "root")
            Assert.Skip("only root can give files away");
        git.GitIn("/", "-c", $"alias.own=!chown -R 12345:12345 '{folder}'", "own");
    }
}
