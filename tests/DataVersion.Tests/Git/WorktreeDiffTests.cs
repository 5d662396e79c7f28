using System.Text;
using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class WorktreeDiffTests : IDisposable
{
    private readonly GitSandbox _git = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _git.Dispose();

    [Fact]
    public void What_differs_is_had_again_in_another_worktree()
    {
        string commit = _git.Commit("a b.txt", "one\n");
        _git.Write("a b.txt", "two\n");
        GitRepository repository = _git.Open();
        byte[] diff = repository.DiffHead([], 10_000, Cancellation).Content;
        string folder = _git.Beside("tree");

        repository.AddWorktree(folder, commit, Cancellation);
        GitRepository.Discover(folder, _git.Program)!.ApplyDiff(diff, Cancellation);

        Assert.Equal(["a b.txt"], repository.TryListDiff(diff, Cancellation));
        Assert.Equal("two\n", File.ReadAllText(Path.Combine(folder, "a b.txt")));
        repository.RemoveWorktree(folder);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void A_diff_that_does_not_fit_changes_nothing()
    {
        _git.Commit("a.txt", "one\n");
        _git.Write("a.txt", "two\n");
        GitRepository repository = _git.Open();
        byte[] diff = repository.DiffHead([], 10_000, Cancellation).Content;
        _git.Write("a.txt", "other\n");

        Assert.Throws<GitException>(() => repository.ApplyDiff(diff, Cancellation));
        Assert.Equal("other\n", File.ReadAllText(Path.Combine(repository.WorkTree, "a.txt")));
    }

    [Fact]
    public void Cut_off_binary_and_senseless_diffs_are_told()
    {
        _git.Commit("a.txt", "one\n");
        _git.Commit("b.bin", "\0one");
        _git.Write("a.txt", "two\n");
        byte[] text = _git.Open().DiffHead([], 10_000, Cancellation).Content;
        _git.Write("b.bin", "\0two");
        byte[] both = _git.Open().DiffHead([], 10_000, Cancellation).Content;

        Assert.Null(_git.Open().TryListDiff(both, Cancellation));
        Assert.Null(_git.Open().TryListDiff(text.AsMemory(0, text.Length - 5), Cancellation));
        Assert.Null(_git.Open().TryListDiff(Encoding.UTF8.GetBytes("modified a.txt\n"), Cancellation));
    }
}
