using System.Text;
using DataVersion.Git;
using DataVersion.Testing.Git;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Git;

/// <summary>What differs from HEAD, through the library and through the program.</summary>
public sealed class GitChangesTests : IDisposable
{
    private readonly GitSandbox _git = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _git.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_kind_of_change_is_found_with_its_path(bool useLibrary)
    {
        foreach (string path in (string[])["kept", "edited", "staged edit", "gone", "removed", "sub/untracked index", "mode"])
            _git.Commit(path, path);
        _git.Write(".gitignore", "ignored/\n");
        _git.Git("add", ".gitignore");
        _git.Git("commit", "-q", "-m", "x");
        _git.Write("edited", "other");
        _git.Write("staged edit", "other");
        _git.Git("add", "staged edit");
        File.Delete(Path.Combine(_git.Root, "gone"));
        _git.Git("rm", "-q", "removed");
        _git.Git("rm", "-q", "--cached", "sub/untracked index");
        _git.Write("added", "new");
        _git.Git("add", "added");
        _git.Write("fresh/ä b.txt", "new");
        _git.Write("ignored/x", "new");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_git.Root, "mode"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        IReadOnlyList<GitChange> changes = _git.Open(useLibrary).FindChanges(Cancellation);

        Assert.Equal(
        [
            new GitChange("added", GitChangeKind.Added),
            new GitChange("edited", GitChangeKind.Modified),
            new GitChange("fresh/ä b.txt", GitChangeKind.Untracked),
            new GitChange("gone", GitChangeKind.Deleted),
            new GitChange("mode", GitChangeKind.Modified),
            new GitChange("removed", GitChangeKind.Deleted),
            new GitChange("staged edit", GitChangeKind.Modified),
            new GitChange("sub/untracked index", GitChangeKind.Modified),
        ], changes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_conflict_is_one(bool useLibrary)
    {
        _git.Commit("a", "1");
        _git.Git("checkout", "-q", "-b", "other");
        _git.Commit("a", "2");
        _git.Git("checkout", "-q", "main");
        _git.Commit("a", "3");
        _git.TryGitIn(_git.Root, "merge", "other");

        Assert.Equal([new GitChange("a", GitChangeKind.Conflicted)], _git.Open(useLibrary).FindChanges(Cancellation));
    }

    [Fact]
    public void A_moved_file_is_deleted_and_added()
    {
        _git.Commit("a", new string('x', 1000));
        _git.Git("mv", "a", "b");

        foreach (bool useLibrary in (bool[])[true, false])
            Assert.Equal([new GitChange("a", GitChangeKind.Deleted), new GitChange("b", GitChangeKind.Added)], _git.Open(useLibrary).FindChanges(Cancellation));
    }

    [Fact]
    public void A_file_of_a_filter_that_was_only_touched_has_not_changed()
    {
        _git.Git("config", "filter.up.clean", "tr a-z A-Z");
        _git.Git("config", "filter.up.smudge", "tr A-Z a-z");
        _git.Commit(".gitattributes", "*.up filter=up\n");
        _git.Commit("a.up", "abc");
        File.SetLastWriteTimeUtc(Path.Combine(_git.Root, "a.up"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Empty(_git.Open().FindChanges(Cancellation));
    }

    [Fact]
    public void The_diff_is_that_of_git_whatever_the_users_configuration_says()
    {
        _git.Commit("a.txt", "one\n");
        _git.Commit("b.bin", "\0one");
        _git.Commit("out/c.txt", "one\n");
        foreach (string path in (string[])["a.txt", "b.bin", "out/c.txt"])
            _git.Write(path, "\0two\n"[(path == "b.bin" ? 0 : 1)..]);
        string plain = Encoding.UTF8.GetString(_git.Open().DiffHead(["out"], 10_000, Cancellation).Content);
        foreach ((string key, string value) in (IEnumerable<(string, string)>)
            [("diff.noprefix", "true"), ("color.ui", "always"), ("diff.external", "false"), ("diff.algorithm", "histogram"), ("diff.context", "0")])
            _git.Git("config", key, value);

        GitDiff diff = _git.Open().DiffHead(["out"], 10_000, Cancellation);

        Assert.True(diff.IsWhole);
        Assert.Equal(plain, Encoding.UTF8.GetString(diff.Content));
        Assert.Contains("--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n", plain, StringComparison.Ordinal);
        Assert.Contains("Binary files a/b.bin and b/b.bin differ", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("c.txt", plain, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_diff_is_cut_at_the_size_asked_for()
    {
        _git.Commit("a.txt", "one\n");
        _git.Write("a.txt", string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i}\n")));

        GitDiff diff = _git.Open().DiffHead([], 5000, Cancellation);

        Assert.False(diff.IsWhole);
        Assert.Equal(5000, diff.Content.Length);
    }

    [Fact]
    public void Without_the_program_the_diff_is_a_list()
    {
        _git.Commit("a.txt", "one\n");
        _git.Commit("gone", "one\n");
        _git.Write("a.txt", "two\n");
        _git.Write("out/x", "two\n");
        File.Delete(Path.Combine(_git.Root, "gone"));

        GitDiff diff = _git.Open(withProgram: false).DiffHead(["out"], 10_000, Cancellation);

        Assert.Equal("modified a.txt\ndeleted gone\n", Encoding.UTF8.GetString(diff.Content));
        Assert.Equal(7, _git.Open(withProgram: false).DiffHead([], 7, Cancellation).Content.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tags_of_a_commit_are_found_light_annotated_and_packed(bool useLibrary)
    {
        string first = _git.Commit("a", "1");
        _git.Git("tag", "v1/light");
        _git.Git("tag", "-a", "-m", "x", "annotated");
        _git.Git("pack-refs", "--all");
        _git.Git("tag", "of-tag", "annotated");
        string second = _git.Commit("a", "2");
        _git.Git("tag", "later");

        Assert.Equal(["annotated", "of-tag", "v1/light"], _git.Open(useLibrary).FindTags(first));
        Assert.Equal(["later"], _git.Open(useLibrary).FindTags(second));
        Assert.Empty(_git.Open(useLibrary).FindTags(new string('0', 40)));
    }

    [Theory]
    [InlineData("https://user:secret@example.org/a.git", "https://example.org/a.git")]
    [InlineData("git@example.org:a.git", "git@example.org:a.git")]
    [InlineData("/some/path # not", "/some/path # not")]
    public void The_origin_is_named_without_credentials(string url, string expected)
    {
        Assert.Null(_git.Open().OriginUrl);
        _git.Git("remote", "add", "other", "https://example.com/");
        _git.Git("remote", "add", "origin", url);

        Assert.Equal(expected, _git.Open().OriginUrl);
    }

    [Fact]
    public void Shallow_history_is_known()
    {
        _git.Commit("a", "1");
        _git.Commit("a", "2");
        _git.Git("clone", "-q", "--depth", "1", "file://" + _git.Root, _git.Beside("clone"));

        Assert.False(_git.Open().IsShallow);
        Assert.True(_git.Open(folder: _git.Beside("clone")).IsShallow);
    }

    [Fact]
    public void Any_text_of_git_status_gives_changes_or_a_typed_error()
    {
        Gen<string> text = Gen.Elements("1 ", "2 ", "u ", "? ", "! ", "# ", ".M ", "A. ", "N... ", "100644 ", "000000 ", "abc ", "R100 ", "path", "a b", "\0", " ", "é")
            .ListOf().Select(string.Concat);
        Prop.ForAll(text.ToArbitrary(), t =>
        {
            try
            {
                return GitStatusText.Parse(Encoding.UTF8.GetBytes(t)).All(change => change.Path.Length > 0 || t.Contains("2 ", StringComparison.Ordinal));
            }
            catch (GitException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }
}
