using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public class WildmatchTests
{
    // From git's t3070-wildmatch.sh, and the corners around them.
    [Theory]
    [InlineData("foo", "foo", true)]
    [InlineData("bar", "foo", false)]
    [InlineData("", "", true)]
    [InlineData("???", "foo", true)]
    [InlineData("??", "foo", false)]
    [InlineData("*", "foo", true)]
    [InlineData("f*", "foo", true)]
    [InlineData("*f", "foo", false)]
    [InlineData("*foo*", "foo", true)]
    [InlineData("*ob*a*r*", "foobar", true)]
    [InlineData("*ab", "aaaaaaabababab", true)]
    [InlineData("foo\\*", "foo*", true)]
    [InlineData("foo\\*bar", "foobar", false)]
    [InlineData("f\\\\oo", "f\\oo", true)]
    [InlineData("*[al]?", "ball", true)]
    [InlineData("[ten]", "ten", false)]
    [InlineData("**[!te]", "ten", true)]
    [InlineData("**[!ten]", "ten", false)]
    [InlineData("t[a-g]n", "ten", true)]
    [InlineData("t[!a-g]n", "ten", false)]
    [InlineData("t[^a-g]n", "ton", true)]
    [InlineData("a[]]b", "a]b", true)]
    [InlineData("a[]-]b", "a-b", true)]
    [InlineData("a[]a-]b", "aab", true)]
    [InlineData("]", "]", true)]
    [InlineData("foo*bar", "foo/baz/bar", false)]
    [InlineData("foo**bar", "foo/baz/bar", false)]
    [InlineData("foo/**/bar", "foo/baz/bar", true)]
    [InlineData("foo/**/**/bar", "foo/b/a/z/bar", true)]
    [InlineData("foo/**/bar", "foo/bar", true)]
    [InlineData("foo/**/**/bar", "foo/bar", true)]
    [InlineData("foo?bar", "foo/bar", false)]
    [InlineData("foo[/]bar", "foo/bar", false)]
    [InlineData("f[^eiu][^eiu][^eiu][^eiu][^eiu]r", "foo/bar", false)]
    [InlineData("**/foo", "foo", true)]
    [InlineData("**/foo", "bar/baz/foo", true)]
    [InlineData("*/foo", "bar/baz/foo", false)]
    [InlineData("**/bar*", "foo/bar/baz", false)]
    [InlineData("**/bar/*", "deep/foo/bar/baz", true)]
    [InlineData("**/bar/*", "deep/foo/bar/baz/x", false)]
    [InlineData("**/bar/**", "deep/foo/bar/baz/x", true)]
    [InlineData("**/bar/*/*", "deep/foo/bar/baz/x", true)]
    [InlineData("[[:alpha:]][[:digit:]][[:upper:]]", "a1B", true)]
    [InlineData("[[:xdigit:]]", "D", true)]
    [InlineData("[[:space:]]", " ", true)]
    [InlineData("[[:spaci:]]", "s", false)]
    [InlineData("[a-c[:digit:]x-z]", "y", true)]
    [InlineData("[\\\\-^]", "]", true)]
    [InlineData("[\\-_]", "-", true)]
    [InlineData("[]-a]", "[", false)]
    [InlineData("[!]-a]", "[", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[", "[", false)]
    [InlineData("[!", "a", false)]
    [InlineData("foo\\", "foo\\", false)]
    [InlineData("**/*a*b*g*n*t", "abcd/abcdefg/abcdefghijk/abcdefghijklmnop.txt", true)]
    [InlineData("*/*/*", "foo/bba/arr", true)]
    [InlineData("**/**/**", "foo/bb/aa/rr", true)]
    [InlineData("*X*i", "abcXdefXghi", true)]
    [InlineData("**/*X*/**/*i", "ab/cXd/efXg/hi", true)]
    [InlineData("??", "é", true)]
    public void Matches_as_git_does_where_slashes_matter(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Wildmatch.IsMatch(pattern, text));

    [Theory]
    [InlineData("foo*bar", "foo/baz/bar", true)]
    [InlineData("**/bar*", "foo/bar/baz", true)]
    [InlineData("foo?bar", "foo/bar", true)]
    [InlineData("foo[/]bar", "foo/bar", true)]
    public void A_star_crosses_slashes_where_they_do_not_matter(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Wildmatch.IsMatch(pattern, text, pathname: false));

    [Fact]
    public void Hostile_patterns_end_when_backtracking_would_take_for_ever()
    {
        string text = string.Concat(Enumerable.Repeat("a", 200));
        string path = string.Concat(Enumerable.Repeat("aaaa/", 400));

        Assert.False(Wildmatch.IsMatch(string.Concat(Enumerable.Repeat("*a", 100)) + "b", text));
        Assert.False(Wildmatch.IsMatch(string.Concat(Enumerable.Repeat("**/*a*/", 100)) + "b", path));
        Assert.False(Wildmatch.IsMatch(string.Concat(Enumerable.Repeat("*a*/**/", 100)) + "b", path));
    }
}
