using DataVersion.Configuration;
using Xunit;

namespace DataVersion.Tests.Configuration;

public sealed class LocalStateCheckTests
{
    [Fact]
    public void Real_files_that_git_does_not_track_are_fine()
    {
        using ConfigHome home = new();
        home.Repository("").Local("");
        List<string> asked = [];
        LocalStateCheck.Check([Path.Combine(home.Root, ".dv"), home.RepositoryFile], [home.LocalFile, Path.Combine(home.Root, "missing")], path =>
        {
            asked.Add(path);
            return false;
        });
        Assert.Equal([home.LocalFile], asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Links_are_refused_whether_committed_or_own(bool committed)
    {
        using ConfigHome home = new();
        string link = Path.Combine(home.Root, ".dv", "cache");
        Directory.CreateSymbolicLink(link, home.Base);
        UnsafePathException error = Assert.Throws<UnsafePathException>(() => LocalStateCheck.Check(committed ? [link] : [], committed ? [] : [link], _ => false));
        Assert.Equal((link, ErrorKind.Usage), (error.Path, error.Kind));
    }

    [Fact]
    public void Links_that_lead_nowhere_are_refused_too()
    {
        using ConfigHome home = new();
        File.CreateSymbolicLink(home.RepositoryFile, "/nowhere/at/all");
        Assert.Throws<UnsafePathException>(() => LocalStateCheck.Check([home.RepositoryFile], [], _ => false));
    }

    [Fact]
    public void Own_state_that_git_tracks_is_refused_with_the_way_out()
    {
        using ConfigHome home = new();
        home.Local("[cache]\ndir = /evil\n");
        UnsafePathException error = Assert.Throws<UnsafePathException>(() => LocalStateCheck.Check([], [home.LocalFile], path => path == home.LocalFile));
        Assert.Contains("tracked by Git", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("untrack it with: git rm", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void The_repositorys_own_file_may_be_tracked()
    {
        using ConfigHome home = new();
        LocalStateCheck.Check([home.Repository("").RepositoryFile], [], _ => true);
    }
}
