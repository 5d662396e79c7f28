using DataVersion.Objects;
using Xunit;

namespace DataVersion.Tests.Objects;

public class PathRulesTests
{
    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData(".git")]
    [InlineData(".GIT")]
    [InlineData(".Git.")]
    [InlineData(".git . .")]
    [InlineData(".git ")]
    [InlineData("git~1")]
    [InlineData("GIT~1")]
    [InlineData("GIT~2 ")]
    [InlineData(".git::$INDEX_ALLOCATION")]
    [InlineData(".git:x")]
    [InlineData(".git\\config")]
    [InlineData(".g\u200cit")]
    [InlineData("\u200d.git")]
    [InlineData(".gi\ufefft\u206a")]
    [InlineData("\u202eGit~1")]
    [InlineData(".dv")]
    [InlineData(".DV")]
    [InlineData(".dv.")]
    [InlineData(".dv::$DATA")]
    [InlineData("DV~1")]
    [InlineData(".d\u200ev")]
    [InlineData(".dv-tmp.x")]
    public void Refuses_names_that_lead_elsewhere_or_hide_a_reserved_one(string name) =>
        Assert.Throws<UnsafePathException>(() => PathRules.CheckName(name, name));

    [Fact]
    public void Refuses_half_a_character_and_shows_it()
    {
        // Not as test data: that is stored as UTF-8.
        Assert.Throws<UnsafePathException>(() => PathRules.CheckName("\ud800", "x"));
        Assert.Throws<UnsafePathException>(() => PathRules.CheckName("a\udc00b", "x"));
        Assert.Equal("\\ud800x", PathRules.Printable("\ud800x"));
    }

    [Theory]
    [InlineData("...")]
    [InlineData(".gitignore")]
    [InlineData(".gitmodules")]
    [InlineData(".dvignore")]
    [InlineData(".dvc")]
    [InlineData("git")]
    [InlineData("git~")]
    [InlineData("git~12")]
    [InlineData("dv~backup")]
    [InlineData("a.git")]
    [InlineData("data.dv")]
    [InlineData("-rf")]
    [InlineData(" ")]
    [InlineData("a\nb\\c")]
    [InlineData("e\u0301😀")]
    [InlineData("\ufffd")]
    [InlineData(".d\u200bv")]
    public void Takes_ordinary_names(string name) => PathRules.CheckName(name, name);

    [Fact]
    public void Counts_bytes_not_characters()
    {
        PathRules.CheckName(new string('x', 255), "x");
        PathRules.CheckName(new string('é', 127), "x");
        Assert.Throws<UnsafePathException>(() => PathRules.CheckName(new string('x', 256), "x"));
        Assert.Throws<UnsafePathException>(() => PathRules.CheckName(new string('é', 128), "x"));
    }

    [Fact]
    public void Limits_depth_and_length_of_paths()
    {
        PathRules.CheckRelativePath(string.Join('/', Enumerable.Repeat("a", 256)));
        PathRules.CheckRelativePath(string.Join('/', Enumerable.Repeat(new string('x', 240), 17)));
        Assert.Throws<UnsafePathException>(() => PathRules.CheckRelativePath(string.Join('/', Enumerable.Repeat("a", 257))));
        Assert.Throws<UnsafePathException>(() => PathRules.CheckRelativePath(string.Join('/', Enumerable.Repeat(new string('x', 240), 18))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData("a/.GIT/b")]
    public void Refuses_paths_with_a_bad_name_anywhere(string path) =>
        Assert.Throws<UnsafePathException>(() => PathRules.CheckRelativePath(path));

    [Theory]
    [InlineData("CON")]
    [InlineData("nul.txt")]
    [InlineData("com1")]
    [InlineData("LPT¹.x")]
    [InlineData("conin$")]
    [InlineData("aux .c")]
    [InlineData("a:b")]
    [InlineData("a\\b")]
    [InlineData("a?")]
    [InlineData("a\tb")]
    [InlineData("a.")]
    [InlineData("a ")]
    public void Refuses_names_that_windows_cannot_hold_only_there(string name)
    {
        Assert.NotNull(PathRules.FindProblem(name, windows: true));
        Assert.Null(PathRules.FindProblem(name, windows: false));
    }

    [Theory]
    [InlineData("console")]
    [InlineData("com10")]
    [InlineData("a.con")]
    public void Takes_names_on_windows_that_only_look_like_devices(string name) => Assert.Null(PathRules.FindProblem(name, windows: true));

    [Theory]
    [InlineData("plain é 😀", "plain é 😀")]
    [InlineData("a\nb\r\t", "a\\nb\\r\\t")]
    [InlineData("\u001b[31m\u007f\u0085", "\\x1b[31m\\x7f\\x85")]
    [InlineData("a\u202etxt.exe", "a\\u202etxt.exe")]
    [InlineData("\u2066\u200b\u2028\ufeff\u00ad", "\\u2066\\u200b\\u2028\\ufeff\\xad")]
    [InlineData("\U000e0041", "\\U000e0041")]
    [InlineData("", "")]
    public void Shows_what_cannot_be_seen(string text, string expected) => Assert.Equal(expected, PathRules.Printable(text));

    [Fact]
    public void Messages_show_no_control_characters()
    {
        var error = Assert.Throws<UnsafePathException>(() => PathRules.CheckRelativePath("a\u001b[2J/.git"));

        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Theory]
    [InlineData("latest", "v1", true)]
    [InlineData("latest", "./a/b", true)]
    [InlineData("a/b/link", "../../x", true)]
    [InlineData("a/b/link", "../..", true)]
    [InlineData("a/b/link", "../../../x", false)]
    [InlineData("link", "..", false)]
    [InlineData("link", "/etc/passwd", false)]
    [InlineData("link", "", false)]
    [InlineData("a/link", "x/../y", false)]
    [InlineData("link", ".", true)]
    [InlineData("link", "a//b/", true)]
    [InlineData("link", "..a", true)]
    [InlineData("a/link", "./../../x", false)]
    [InlineData("link", "C:\\x", true)]
    public void A_link_stays_inside_only_with_leading_dots_that_reach_the_dataset(string link, string target, bool inside) =>
        Assert.Equal(inside, PathRules.LinkStaysInside(link, target, windows: false));

    [Fact]
    public void On_windows_a_link_with_a_drive_or_backslash_leaves() => Assert.False(PathRules.LinkStaysInside("link", "C:\\x", windows: true));

    [Fact]
    public void Finds_names_that_a_file_system_takes_for_one()
    {
        IReadOnlyList<(string, string)> collisions = PathRules.FindCollisions(["readme", "Makefile", "README", "É", "é", "x"], StringComparer.OrdinalIgnoreCase);

        Assert.Equal([("README", "readme"), ("é", "É")], collisions);
    }
}
