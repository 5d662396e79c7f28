using System.Text;
using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class GitFetcherTests : IDisposable
{
    private readonly GitSandbox _git = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Url => "file://" + _git.Root;

    private string Folder => _git.Beside("fetched");

    public void Dispose() => _git.Dispose();

    [Fact]
    public void One_commit_comes_by_its_id_without_its_history()
    {
        _git.Commit("a.dv", "one");
        string second = _git.Commit("a.dv", "two");
        _git.Commit("a.dv", "three");

        string commit = Fetch(second);

        Assert.Equal(second, commit);
        GitRepository fetched = GitRepository.OpenBare(Folder, _git.Program);
        Assert.Equal("two", Encoding.UTF8.GetString(fetched.ReadAt(commit, "a.dv", 100, Cancellation)!));
        Assert.Null(fetched.TryResolve(commit + "~1"));
        Assert.True(fetched.IsShallow);
    }

    [Fact]
    public void A_branch_and_a_tag_come_as_their_commit_and_follow_the_server()
    {
        string first = _git.Commit("a", "1");
        _git.Git("tag", "-a", "-m", "x", "v1");
        _git.Git("branch", "feature/main");
        string second = _git.Commit("a", "2");

        Assert.Equal(first, Fetch("v1"));
        Assert.Equal(first, Fetch("feature/main"));
        Assert.Equal(second, Fetch("main"));
        Assert.Equal(second, Fetch("refs/heads/main"));
        Assert.Equal(second, Fetch("HEAD"));
        string third = _git.Commit("a", "3");
        Assert.Equal(third, Fetch("main"));
    }

    [Fact]
    public void What_only_history_can_tell_is_fetched_with_it()
    {
        string first = _git.Commit("a", "1");
        _git.Commit("a", "2");
        string last = _git.Commit("a", "3");

        Assert.Equal(last, Fetch("main"));
        Assert.Equal(first, Fetch("main~2"));
        Assert.Equal(first, Fetch(first[..10]));
    }

    [Fact]
    public void A_server_that_gives_no_ids_out_is_asked_for_everything()
    {
        string first = _git.Commit("a", "1");
        _git.Commit("a", "2");
        // The old protocol, by which a server refuses ids that no branch or tag names.
        GitProgram old = GitSandbox.Find(new Dictionary<string, string>(GitSandbox.Variables)
        {
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "protocol.version",
            ["GIT_CONFIG_VALUE_0"] = "0",
        });

        Assert.Equal(first, new GitFetcher(old).Fetch(Url, first, Folder, Cancellation));
        Assert.False(GitRepository.OpenBare(Folder, _git.Program).IsShallow);
    }

    [Fact]
    public void A_commit_that_is_there_needs_no_server()
    {
        string first = _git.Commit("a", "1");
        Fetch("main");
        Directory.Move(_git.Root, _git.Beside("moved"));
        try
        {
            Assert.Equal(first, Fetch(first));
            Assert.Throws<RemoteException>(() => Fetch("main"));
        }
        finally
        {
            Directory.Move(_git.Beside("moved"), _git.Root);
        }
    }

    [Fact]
    public void Repositories_with_sha256_ids_are_fetched_by_name_and_id()
    {
        using var git = new GitSandbox("--object-format=sha256");
        string first = git.Commit("a.dv", "one");
        string second = git.Commit("a.dv", "two");
        var fetcher = new GitFetcher(git.Program);

        Assert.Equal(second, fetcher.Fetch("file://" + git.Root, "main", git.Beside("by name"), Cancellation));
        Assert.Equal(first, fetcher.Fetch("file://" + git.Root, first, git.Beside("by id"), Cancellation));
        Assert.Equal("one", Encoding.UTF8.GetString(GitRepository.OpenBare(git.Beside("by id"), git.Program).ReadAt(first, "a.dv", 100, Cancellation)!));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("0123456789012345678901234567890123456789")]
    [InlineData("main~9")]
    [InlineData("--upload-pack=touch x")]
    [InlineData("+refs/heads/*:refs/heads/*")]
    [InlineData("main:refs/heads/x")]
    [InlineData("")]
    public void A_revision_that_is_not_there_is_unknown(string revision)
    {
        _git.Commit("a", "1");

        GitException e = Assert.Throws<GitException>(() => Fetch(revision));

        Assert.Contains($"'{revision}' is not a commit of the Git repository", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repository_that_is_not_there_is_unreachable()
    {
        var e = Assert.Throws<RemoteException>(() => new GitFetcher(_git.Program).Fetch($"file://{_git.Root}-none", "main", Folder, Cancellation));

        Assert.True(e.IsPlaceMissing);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void No_credential_is_in_a_message()
    {
        const string Url = "https://me:s3cr3t@localhost:1/x.git?token=s3cr3t";
        GitProgram web = GitSandbox.Find(new Dictionary<string, string>(GitSandbox.Variables) { ["GIT_ALLOW_PROTOCOL"] = "https" });

        var e = Assert.Throws<RemoteException>(() => new GitFetcher(web).Fetch(Url, "main", Folder, Cancellation));

        Assert.DoesNotContain("s3cr3t", e.ToString(), StringComparison.Ordinal);
        Assert.Contains("https://localhost:1/x.git", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ext::sh -c 'touch x'")]
    [InlineData("fd::7")]
    [InlineData("-oProxyCommand=x")]
    [InlineData("--upload-pack=x")]
    [InlineData("ssh://-oProxyCommand=x/y")]
    [InlineData("ssh://git@-oProxyCommand=x/y")]
    [InlineData("-x:path")]
    [InlineData("git@-x:path")]
    [InlineData("ftp://example.org/x")]
    [InlineData("https://example.org/\nx")]
    [InlineData("relative/path")]
    [InlineData("")]
    public void A_hostile_url_is_refused_before_git_is_asked(string url)
    {
        Assert.Throws<UsageException>(() => new GitFetcher(_git.Program).Fetch(url, "main", Folder, Cancellation));
        Assert.False(Directory.Exists(Folder));
    }

    [Theory]
    [InlineData("https://u:p@example.org/x?t=1#f", "https://example.org/x")]
    [InlineData("https://token@example.org", "https://example.org")]
    [InlineData("https://u:p@ss@example.org/a@b", "https://example.org/a@b")]
    [InlineData("ssh://git:p@example.org:22/x", "ssh://git@example.org:22/x")]
    [InlineData("git@example.org:a/b.git", "git@example.org:a/b.git")]
    [InlineData("u:p@example.org:a", "example.org:a")]
    [InlineData("/a:b@c", "/a:b@c")]
    [InlineData("file:///x?y", "file:///x?y")]
    public void Urls_are_shown_without_credentials(string url, string shown) => Assert.Equal(shown, GitUrl.WithoutCredentials(url));

    [Fact]
    public async Task Several_fetch_into_one_folder_at_once()
    {
        string[] commits = [.. Enumerable.Range(0, 4).Select(i => _git.Commit("a", $"{i}"))];

        string[] fetched = await Task.WhenAll(commits.Select(commit => Task.Run(() => Fetch(commit), Cancellation)));

        Assert.Equal(commits, fetched);
        GitRepository repository = GitRepository.OpenBare(Folder, _git.Program);
        Assert.All(commits, (commit, i) => Assert.Equal($"{i}", Encoding.UTF8.GetString(repository.ReadAt(commit, "a", 10, Cancellation)!)));
    }

    private string Fetch(string revision) => new GitFetcher(_git.Program).Fetch(Url, revision, Folder, Cancellation);
}
