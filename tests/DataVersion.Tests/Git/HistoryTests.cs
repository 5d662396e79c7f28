using System.Text;
using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class HistoryTests : IDisposable
{
    private readonly GitSandbox _git = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _git.Dispose();

    public static TheoryData<bool> Backends => [true, false];

    [Theory]
    [MemberData(nameof(Backends))]
    public void Reads_the_scopes_and_each_content_once(bool useLibrary)
    {
        string one = _git.Commit("d/a.dv", "one");
        _git.Commit("d/a.dv", "two");
        _git.Git("tag", "light", one);
        _git.Git("tag", "-a", "-m", "x", "heavy");
        _git.Git("tag", "of-a-blob", "HEAD:d/a.dv");
        _git.Git("checkout", "-q", "-b", "side", one);
        _git.Commit("d/a.dv", "side");
        _git.Git("update-ref", "refs/remotes/origin/x", "HEAD");
        _git.Git("checkout", "-q", "main");
        string three = _git.Commit("d/a.dv", "three");
        _git.Git("checkout", "-q", "--detach");
        _git.Commit("d/a.dv", "detached");

        Assert.Equal("three", Read(useLibrary, new RevisionScope { Revision = "main" }));
        Assert.Equal("two", Read(useLibrary, new RevisionScope { Revision = "main~1" }));
        Assert.Equal("side three", Read(useLibrary, new RevisionScope { AllBranches = true }));
        Assert.Equal("one two", Read(useLibrary, new RevisionScope { AllTags = true }));
        Assert.Equal("one side three two", Read(useLibrary, new RevisionScope { AllTags = true, AllBranches = true }));
        Assert.Equal("detached one side three two", Read(useLibrary, new RevisionScope { AllCommits = true }));
        Assert.Equal("", Read(useLibrary, new RevisionScope()));
        Assert.Equal(three, Assert.Single(_git.Open(useLibrary).ReadFiles(new RevisionScope { Revision = "main" }, _ => true, 100, Cancellation)).Commit);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Reads_the_detached_head_of_another_worktree(bool useLibrary)
    {
        _git.Commit("a.dv", "one");
        string tree = _git.Beside("tree");
        _git.Git("worktree", "add", "-q", "--detach", tree);
        File.WriteAllText(Path.Combine(tree, "a.dv"), "elsewhere");
        _git.GitIn(tree, "commit", "-q", "-a", "-m", "x");

        Assert.Equal("elsewhere one", Read(useLibrary, new RevisionScope { AllCommits = true }));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Leaves_out_links_large_files_and_what_the_filter_does_not_want(bool useLibrary)
    {
        File.CreateSymbolicLink(Path.Combine(_git.Root, "link.dv"), "x.dv");
        _git.Git("add", "link.dv");
        _git.Write("large.dv", new string('x', 1_000_000));
        _git.Git("add", "large.dv");
        _git.Write("tool.dv", "executable");
        _git.Git("add", "tool.dv");
        _git.Git("update-index", "--chmod=+x", "tool.dv");
        _git.Write("empty.dv", "");
        _git.Git("add", "empty.dv");
        _git.Commit("other.txt", "text");
        _git.Commit("x.dv", "pointer");
        GitRepository repository = _git.Open(useLibrary);

        IReadOnlyList<GitFile> files = repository.ReadFiles(
            new RevisionScope { Revision = "HEAD" }, path => path.EndsWith(".dv", StringComparison.Ordinal), 65536, Cancellation);

        Assert.Equal(["empty.dv", "tool.dv", "x.dv"], files.Select(file => file.Path));
        Assert.Equal("pointer", Encoding.UTF8.GetString(files[2].Content));
        Assert.Null(repository.ReadAt("HEAD", "link.dv", 100, Cancellation));
        Assert.Null(repository.ReadAt("HEAD", "large.dv", 100, Cancellation));
        Assert.Null(repository.ReadAt("HEAD", "none/x.dv", 100, Cancellation));
        Assert.Equal("pointer"u8.ToArray(), repository.ReadAt("HEAD", "x.dv", 100, Cancellation));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void The_same_folder_at_two_paths_counts_twice(bool useLibrary)
    {
        _git.Write("a/deep/x.dv", "same");
        _git.Write("b/deep/x.dv", "same");
        _git.Git("add", ".");
        _git.Commit("ä \"\n.dv", "same");
        Assert.Equal(["a/deep/x.dv", "b/deep/x.dv", "ä \"\n.dv"],
            _git.Open(useLibrary).ReadFiles(new RevisionScope { AllCommits = true }, _ => true, 100, Cancellation).Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.Equal("same"u8.ToArray(), _git.Open(useLibrary).ReadAt("HEAD", "b/deep/x.dv", 100, Cancellation));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Resolves_what_git_resolves_and_nothing_else(bool useLibrary)
    {
        string one = _git.Commit("a", "1");
        string two = _git.Commit("a", "2");
        _git.Git("tag", "-a", "-m", "x", "v1", one);
        GitRepository repository = _git.Open(useLibrary);

        foreach ((string revision, string? expected) in new (string, string?)[]
        {
            ("HEAD", two), ("main", two), ("v1", one), ("HEAD~1", one), ("HEAD^", one), (one, one), (two[..10], two), ("@", two), (":/x", two),
            ("none", null), ("HEAD:a", null), ("HEAD~5", null), ("--all", null), ("-h", null), ("", null), (new string('1', 40), null), ("a b", null), ("x\ny", null),
        })
        {
            Assert.Equal((revision, expected), (revision, repository.TryResolve(revision)));
        }
        Assert.Contains("'none' is not a commit", Assert.Throws<GitException>(() => Read(useLibrary, new RevisionScope { Revision = "none" })).Message, StringComparison.Ordinal);
        Assert.Throws<GitException>(() => repository.ReadAt("none", "a", 100, Cancellation));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void An_empty_repository_has_no_files(bool useLibrary) =>
        Assert.Equal("", Read(useLibrary, new RevisionScope { AllBranches = true, AllTags = true, AllCommits = true }));

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_cancelled_read_ends(bool useLibrary)
    {
        _git.Commit("a", "1");
        Assert.ThrowsAny<OperationCanceledException>(() =>
            _git.Open(useLibrary).ReadFiles(new RevisionScope { AllCommits = true }, _ => true, 100, new CancellationToken(true)));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Says_the_same_as_git_of_any_two_commits(bool useLibrary)
    {
        // Names around '/' in sorting order, kinds that change into each other, and folders that come and go.
        string[] names = ["a", "a.b", "a-b", "a0", "b/x", "b/y/z", "b.x", "c/x", "c", "é/x"];
        var random = new Random(7);
        for (int i = 0; i < 40; i++)
        {
            string name = names[random.Next(names.Length)];
            string file = Path.Combine(_git.Root, name);
            if (File.Exists(file) || Directory.Exists(file))
                _git.TryGitIn(_git.Root, "rm", "-rqf", "--", name);
            else if (!File.Exists(Path.Combine(_git.Root, name.Split('/')[0])))
                _git.Write(name, $"{i}");
            _git.Git("add", "-A");
            _git.Git("commit", "-q", "--allow-empty", "-m", "x");
        }
        IEnumerable<string> expected = _git.Git("rev-list", "HEAD").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(commit => _git.Git("ls-tree", "-r", "-z", commit).Split('\0', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => line.Split('\t')).Select(parts => $"{parts[1]} {_git.Git("cat-file", "blob", parts[0].Split(' ')[2])}");

        IReadOnlyList<GitFile> files = _git.Open(useLibrary).ReadFiles(new RevisionScope { AllCommits = true }, _ => true, 100, Cancellation);

        Assert.Equal(expected.Distinct().Order(StringComparer.Ordinal),
            files.Select(file => $"{file.Path} {Encoding.UTF8.GetString(file.Content)}").Order(StringComparer.Ordinal));
    }

    private string Read(bool useLibrary, RevisionScope scope) => string.Join(' ', _git.Open(useLibrary, withProgram: !useLibrary)
        .ReadFiles(scope, path => path.EndsWith(".dv", StringComparison.Ordinal), 65536, Cancellation)
        .Select(file => Encoding.UTF8.GetString(file.Content)).Order(StringComparer.Ordinal));
}
