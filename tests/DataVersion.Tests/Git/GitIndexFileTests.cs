using DataVersion.Git;
using DataVersion.Testing.Git;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class GitIndexFileTests
{
    [Theory]
    [InlineData("sha1", "2")]
    [InlineData("sha1", "4")]
    [InlineData("sha256", "2")]
    [InlineData("sha256", "4")]
    public void Reads_every_version_as_git_does(string format, string version)
    {
        using var git = new GitSandbox("--object-format=" + format);
        string[] names = ["a", "ab", "a/b/c", "a/b/d", "x\ny", "é", "🚀/🚀", "1234567", "12345678", "123456789", string.Concat(Enumerable.Repeat(new string('n', 200) + "/", 15)) + "long"];
        foreach (string name in names.Where(name => name != "a"))
            git.Write(name, "x");
        git.Git("add", ".");
        git.Write("planned", "x");
        git.Git("add", "-N", "planned");
        git.Git("update-index", "--index-version", version);

        string file = Path.Combine(git.Root, ".git", "index");
        Assert.Equal(git.Staged(), GitIndexFile.TryReadPaths(file, format == "sha256" ? 32 : 20));
        Assert.Equal(["a", "a/b", "🚀"], git.Open().FindTracked(["a", "a/b", "a/bb", "b", "🚀", "plan"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_that_the_index_holds_as_they_are_need_not_be_added_again(bool useLibrary)
    {
        using var git = new GitSandbox();
        string index = Path.Combine(git.Root, ".git", "index");
        git.Write("a", "1");
        git.Write("b", "1");
        Settle(git);
        await git.Open(useLibrary).StageAsync(["a", "b"], TestContext.Current.CancellationToken);
        Assert.True(Holds("a", "b"));
        byte[] before = File.ReadAllBytes(index);
        DateTime time = File.GetLastWriteTimeUtc(index);
        await git.Open(useLibrary).StageAsync(["a", "b"], TestContext.Current.CancellationToken);
        Assert.Equal(before, File.ReadAllBytes(index));
        Assert.Equal(time, File.GetLastWriteTimeUtc(index));

        Assert.False(Holds("a", "c"));
        git.Write("b", "2");
        Assert.False(Holds("a", "b"));
        Assert.True(Holds("a"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(git.Root, "a"), (UnixFileMode)0x1ED);
            Assert.False(Holds("a"));
        }
        git.Git("add", "a", "b");
        git.Git("update-index", "--assume-unchanged", "a");
        Assert.False(Holds("a"));
        File.Delete(Path.Combine(git.Root, "b"));
        Assert.False(Holds("b"));
        // As if the file had been written in the instant of the index: only its bytes could tell.
        git.Write("c", "1");
        git.Git("add", "c");
        File.SetLastWriteTimeUtc(index, File.GetLastWriteTimeUtc(Path.Combine(git.Root, "c")));
        Assert.False(Holds("c"));

        bool Holds(params string[] paths) => GitIndexFile.HoldsAll(index, 20, git.Root, paths);
    }

    [Fact]
    public void Damage_is_never_more_than_unreadable()
    {
        using var git = new GitSandbox();
        foreach (string name in new[] { "a/b", "a/c", "d" })
            git.Commit(name, name);
        git.Git("update-index", "--index-version", "4");
        string file = Path.Combine(git.Root, ".git", "index");
        byte[] good = File.ReadAllBytes(file);
        string copy = git.Beside("index");
        Prop.ForAll(ArbMap.Default.ArbFor<(NonNegativeInt Cut, NonNegativeInt At, byte Value)>(), change =>
        {
            byte[] bad = good[..(good.Length - (change.Cut.Get % good.Length))];
            bad[change.At.Get % bad.Length] = change.Value;
            File.WriteAllBytes(copy, bad);
            GitIndexFile.TryReadPaths(copy, 20);
        }).QuickCheckThrowOnFailure();
        File.WriteAllBytes(copy, []);
        Assert.Null(GitIndexFile.TryReadPaths(copy, 20));
    }

    // Git rewrites what is as young as its index: times a second back are beyond doubt.
    private static void Settle(GitSandbox git)
    {
        foreach (string file in Directory.EnumerateFiles(git.Root))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(-1));
    }
}
