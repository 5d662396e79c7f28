using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class DiscoveryTests : IDisposable
{
    private readonly GitSandbox _git = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _git.Dispose();

    [Fact]
    public void Finds_the_repository_from_any_folder()
    {
        string deep = Path.Combine(_git.Root, "a", "b", "c");
        Directory.CreateDirectory(deep);
        GitRepository? found = GitRepository.Discover(deep, _git.Program);
        Assert.Equal(_git.Root, found?.WorkTree);
        Assert.Equal(Path.Combine(_git.Root, ".git"), found?.GitDirectory);
        Assert.Equal(found?.GitDirectory, found?.CommonDirectory);
    }

    [Fact]
    public void Is_null_without_git()
    {
        string folder = _git.Beside("none");
        Directory.CreateDirectory(folder);
        Assert.Null(GitRepository.Discover(folder, _git.Program));
    }

    [Fact]
    public void Skips_a_dot_git_folder_that_is_no_repository()
    {
        Directory.CreateDirectory(Path.Combine(_git.Root, "sub", ".git"));
        Assert.Equal(_git.Root, GitRepository.Discover(Path.Combine(_git.Root, "sub"), _git.Program)?.WorkTree);
    }

    [Fact]
    public void Before_the_first_commit_there_is_a_branch_and_no_head()
    {
        GitRepository repository = _git.Open();
        Assert.Equal("main", repository.Branch);
        Assert.Null(repository.Head);
        Assert.Null(repository.TryResolve("HEAD"));
        Assert.Empty(repository.FindTracked(["x", "y/"]));
    }

    [Fact]
    public void Reads_head_loose_packed_nested_and_detached()
    {
        string first = _git.Commit("a", "1");
        Assert.Equal(first, _git.Open().Head);

        _git.Git("checkout", "-q", "-b", "feature/deep");
        string second = _git.Commit("a", "2");
        _git.Git("pack-refs", "--all");
        Assert.Equal("feature/deep", _git.Open().Branch);
        Assert.Equal(second, _git.Open().Head);

        _git.Git("checkout", "-q", "--detach", first);
        Assert.Null(_git.Open().Branch);
        Assert.Equal(first, _git.Open().Head);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_worktree_has_its_own_index_and_head(bool useLibrary)
    {
        _git.Commit("a.dv", "1");
        string tree = _git.Beside("tree with space");
        _git.Git("worktree", "add", "-q", "-b", "other", tree);
        await File.WriteAllTextAsync(Path.Combine(tree, "b.dv"), "2", Cancellation);
        GitRepository repository = _git.Open(useLibrary, folder: tree);

        await repository.StageAsync(["b.dv"], Cancellation);

        Assert.Equal(Path.Combine(_git.Root, ".git", "worktrees", "tree-with-space"), repository.GitDirectory);
        Assert.Equal(Path.Combine(_git.Root, ".git"), repository.CommonDirectory);
        Assert.Equal("other", repository.Branch);
        Assert.Equal(_git.Git("rev-parse", "other").Trim(), repository.Head);
        Assert.Equal(["a.dv", "b.dv"], _git.Staged(tree));
        Assert.Equal(["a.dv"], _git.Staged());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_submodule_is_a_repository_of_its_own(bool useLibrary)
    {
        using var inner = new GitSandbox();
        inner.Commit("x.dv", "1");
        _git.Git("submodule", "--quiet", "add", inner.Root, "sub");
        _git.Git("commit", "-q", "-m", "sub");
        _git.Write("sub/y.dv", "2");
        GitRepository repository = _git.Open(useLibrary, folder: Path.Combine(_git.Root, "sub"));

        await repository.StageAsync(["y.dv"], Cancellation);

        Assert.Equal(Path.Combine(_git.Root, ".git", "modules", "sub"), repository.GitDirectory);
        Assert.Equal(["x.dv", "y.dv"], _git.Staged(Path.Combine(_git.Root, "sub")));
        await Assert.ThrowsAsync<UnsafePathException>(() => _git.Open(useLibrary).StageAsync(["sub/y.dv"], Cancellation));
        Assert.Equal([".gitmodules"], _git.Open(useLibrary).ReadFiles(new RevisionScope { Revision = "HEAD" }, _ => true, 1000, Cancellation).Select(file => file.Path));
    }

    [Fact]
    public void A_bare_repository_and_the_git_directory_itself_have_no_work_tree()
    {
        string bare = _git.Beside("bare.git");
        _git.Git("init", "-q", "--bare", bare);
        foreach (string folder in new[] { bare, Path.Combine(bare, "refs"), Path.Combine(_git.Root, ".git") })
        {
            var e = Assert.Throws<GitException>(() => GitRepository.Discover(folder, _git.Program));
            Assert.Contains("without a work tree", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gitdir: /nowhere/at/all\n", "which is not there")]
    [InlineData("rubbish", "nor a file that names one")]
    public void A_broken_git_file_is_named(string content, string expected)
    {
        string folder = Path.Combine(_git.Root, "sub");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, ".git"), content);
        var e = Assert.Throws<GitException>(() => GitRepository.Discover(folder, _git.Program));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_that_points_outside_is_not_followed()
    {
        File.WriteAllText(_git.Beside("secret"), new string('a', 40));
        File.WriteAllText(Path.Combine(_git.Root, ".git", "HEAD"), "ref: refs/../../../secret\n");
        Assert.Null(_git.Open().Head);
    }

    [Fact]
    public void The_program_is_found_only_in_absolute_folders_and_where_it_is_executable()
    {
        string folder = Path.GetDirectoryName(GitSandbox.GitPath)!;
        Assert.Equal(GitSandbox.GitPath, GitProgram.Find($".{Path.PathSeparator}{Path.PathSeparator}/none{Path.PathSeparator}{folder}")?.Path);
        File.WriteAllText(Path.Combine(_git.Root, "git"), "not executable");
        Assert.Null(GitProgram.Find(_git.Root));
        Assert.Null(GitProgram.Find(null));
    }
}
