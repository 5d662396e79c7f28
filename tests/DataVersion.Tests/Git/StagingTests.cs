using System.Globalization;
using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class StagingTests : IDisposable
{
    private readonly GitSandbox _git = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _git.Dispose();

    public static TheoryData<string, bool> Names
    {
        get
        {
            string[] names =
            [
                "plain.dv", "with space.dv", "quote'\".dv", "-rf.dv", "--force", ":(glob)*.dv", "*.dv", "[a].dv", "new\nline.dv", "tab\t.dv", "back\\slash.dv",
                "ünïcode/日本.dv", "astral-🚀.dv", "#hash.dv", "!bang.dv", "a/-b/c d/e.dv", " leading.dv", "trailing ", new string('n', 252) + ".dv",
                string.Concat(Enumerable.Repeat("folder-of-20-letters/", 16)) + "x.dv",
            ];
            var data = new TheoryData<string, bool>();
            foreach (string name in names)
            {
                data.Add(name, true);
                data.Add(name, false);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Stages_and_removes_any_name(string name, bool useLibrary)
    {
        _git.Commit("decoy.dv", "decoy");
        File.Delete(Path.Combine(_git.Root, "decoy.dv"));
        _git.Write(name, "content of it");
        GitRepository repository = _git.Open(useLibrary);

        await repository.StageAsync([name], Cancellation);

        Assert.Equal(new[] { "decoy.dv", name }.Order(StringComparer.Ordinal), _git.Staged().Order(StringComparer.Ordinal));
        Assert.Equal("content of it", _git.Git("show", ":" + name, "--"));
        Assert.Equal([name], repository.FindTracked([name]));

        File.Delete(Path.Combine(_git.Root, name));
        await repository.StageAsync([name], Cancellation);
        Assert.Equal(["decoy.dv"], _git.Staged());
        Assert.Equal(["index"], Directory.GetFiles(repository.GitDirectory, "index*").Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stages_ignored_files_and_replaces_a_file_by_a_folder(bool useLibrary)
    {
        _git.Write(".gitignore", "*.dv\n");
        _git.Commit("data", "a file");
        File.Delete(Path.Combine(_git.Root, "data"));
        _git.Write("data/x.dv", "pointer");

        await _git.Open(useLibrary).StageAsync(["data/x.dv", "gone.dv"], Cancellation);

        Assert.Equal(["data/x.dv"], _git.Staged());
        Assert.Equal(["data/x.dv", "x.dv"], _git.Open(useLibrary).FindIgnored(["data/x.dv", "data/x", ".gitignore", "x.dv"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Says_which_of_any_names_are_ignored(bool useLibrary)
    {
        _git.Write(".gitignore", "*.dv\n!kept.dv\n/folder/\n");
        string[] ignored = ["-x.dv", ":x.dv", ":(top)x.dv", "new\nline.dv", "é \".dv", "a/b.dv", "folder/", "folder/kept.dv"];
        Assert.Equal(ignored, _git.Open(useLibrary).FindIgnored([.. ignored, "kept.dv", "a/kept.dv", "x", "other/"]));
        Assert.Empty(_git.Open(useLibrary).FindIgnored([]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keeps_what_the_index_says_of_other_entries(bool useLibrary)
    {
        _git.Commit("run.sh", "x");
        _git.Commit("assumed", "x");
        _git.Commit("skipped", "x");
        _git.Write("planned", "x");
        _git.Git("update-index", "--chmod=+x", "run.sh");
        _git.Git("update-index", "--assume-unchanged", "assumed");
        _git.Git("update-index", "--skip-worktree", "skipped");
        _git.Git("add", "-N", "planned");
        string[] before = [_git.Git("ls-files", "-s"), _git.Git("ls-files", "-t", "-v")];

        _git.Write("zz.dv", "pointer");
        await _git.Open(useLibrary).StageAsync(["zz.dv"], Cancellation);

        Assert.StartsWith(before[0], _git.Git("ls-files", "-s"), StringComparison.Ordinal);
        Assert.StartsWith(before[1], _git.Git("ls-files", "-t", "-v"), StringComparison.Ordinal);
        Assert.Contains(" A planned", _git.Git("status", "--porcelain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edit_in_the_same_instant_as_the_last_git_add_stays_visible()
    {
        var instant = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        string file = Path.Combine(_git.Root, "racy"), index = Path.Combine(_git.Root, ".git", "index");
        _git.Git("config", "core.trustctime", "false");
        _git.Write("racy", "one");
        File.SetLastWriteTimeUtc(file, instant);
        _git.Git("add", "racy");
        _git.Git("commit", "-q", "-m", "x");
        File.SetLastWriteTimeUtc(index, instant);
        _git.Write("racy", "two");
        File.SetLastWriteTimeUtc(file, instant);

        _git.Write("p.dv", "pointer");
        await _git.Open().StageAsync(["p.dv"], Cancellation);

        Assert.Contains(" M racy", _git.Git("status", "--porcelain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_links_folders_paths_outside_and_other_repositories()
    {
        _git.Write("folder/file", "x");
        File.CreateSymbolicLink(Path.Combine(_git.Root, "link"), "folder/file");
        File.CreateSymbolicLink(Path.Combine(_git.Root, "dangling"), "nowhere");
        Directory.CreateSymbolicLink(Path.Combine(_git.Root, "linked"), "folder");
        _git.Git("init", "-q", "inner");
        _git.Write("inner/file", "x");
        GitRepository repository = _git.Open();

        foreach (string path in new[] { "link", "dangling", "linked/file", "linked/none/x", "folder", "inner/file", "../x", "/etc/passwd", "a/../b", "", "a//b", "./a" })
            await Assert.ThrowsAsync<UnsafePathException>(() => repository.StageAsync([path], Cancellation));
        Assert.Empty(_git.Staged());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resolves_a_conflict_of_the_path_alone(bool useLibrary)
    {
        _git.Commit("a.dv", "base");
        _git.Commit("b.dv", "base");
        _git.Git("checkout", "-q", "-b", "side");
        _git.Commit("a.dv", "side");
        _git.Commit("b.dv", "side");
        _git.Git("checkout", "-q", "main");
        _git.Commit("a.dv", "main");
        _git.Commit("b.dv", "main");
        _git.TryGitIn(_git.Root, "merge", "side");
        _git.Write("a.dv", "merged");

        await _git.Open(useLibrary).StageAsync(["a.dv"], Cancellation);

        Assert.Equal("UU b.dv", Assert.Single(_git.Git("status", "--porcelain").Split('\n'), line => line.StartsWith('U')));
        Assert.Equal("merged", _git.Git("show", ":a.dv"));
    }

    [Fact]
    public async Task Runs_the_filters_that_git_would_run()
    {
        _git.Git("config", "filter.upper.clean", "tr a-z A-Z");
        _git.Write(".gitattributes", "secret/** filter=upper\n");
        _git.Write("secret/x.dv", "abc");

        await _git.Open().StageAsync(["secret/x.dv"], Cancellation);

        Assert.Equal("ABC", _git.Git("show", ":secret/x.dv"));
    }

    [Fact]
    public async Task Honours_end_of_line_attributes()
    {
        _git.Write(".gitattributes", "?*.dv text eol=lf\n");
        _git.Write("x.dv", "a\r\nb\r\n");

        await _git.Open(withProgram: false).StageAsync(["x.dv"], Cancellation);

        Assert.Equal("a\nb\n", _git.Git("show", ":x.dv"));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("4")]
    public async Task Keeps_the_version_of_the_index(string version)
    {
        _git.Commit("folder/a", "x");
        _git.Git("update-index", "--index-version", version);
        _git.Write("folder/b.dv", "pointer");

        await _git.Open(withProgram: false).StageAsync(["folder/b.dv"], Cancellation);

        Assert.Equal(version, (await File.ReadAllBytesAsync(Path.Combine(_git.Root, ".git", "index"), Cancellation))[7].ToString(CultureInfo.InvariantCulture));
        Assert.Equal(["folder/a", "folder/b.dv"], _git.Staged());
    }

    [Fact]
    public async Task A_cancelled_stage_changes_nothing_and_leaves_no_lock()
    {
        _git.Write("x.dv", "pointer");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _git.Open().StageAsync(["x.dv"], new CancellationToken(true)));
        Assert.Empty(_git.Staged());
        Assert.Empty(Directory.GetFiles(Path.Combine(_git.Root, ".git"), "index*"));
    }
}
