using DataVersion.Testing.Workspaces;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class PathGlobTests : IDisposable
{
    private readonly WorkspaceSandbox _sandbox = new();

    public PathGlobTests()
    {
        foreach (string path in new[] { "data/b.csv", "data/a.csv", "data/.hidden.csv", "data/skip.csv", "data/sub/c.csv", "data/sub/deep/d.csv", "data/a.csv.dv", "x[1].txt", "x1.txt", "é.txt", "dir[1]/x", "dir1/y" })
            _sandbox.Write(path, path.EndsWith(".dv", StringComparison.Ordinal) ? "dv: 1\n" : "");
        _sandbox.Write("data/.dvignore", "skip.*\n");
        _sandbox.Link("data/link", "sub");
    }

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("data/*.csv", "data/a.csv", "data/b.csv")]
    [InlineData("./data//*.csv", "data/a.csv", "data/b.csv")]
    [InlineData("data/[a-b].csv", "data/a.csv", "data/b.csv")]
    [InlineData("dir[1]/*", "dir[1]/x")]
    [InlineData("data/.*.csv", "data/.hidden.csv")]
    [InlineData("**/*.csv", "data/a.csv", "data/b.csv", "data/sub/c.csv", "data/sub/deep/d.csv")]
    [InlineData("**/**/d.csv", "data/sub/deep/d.csv")]
    [InlineData("data/**/deep/*", "data/sub/deep/d.csv")]
    [InlineData("data/*/*.csv", "data/sub/c.csv")]
    [InlineData("data/*", "data/a.csv", "data/b.csv", "data/link", "data/sub")]
    [InlineData("data/**", "data/a.csv", "data/b.csv", "data/link", "data/sub")]
    [InlineData("data/*/", "data/sub")]
    [InlineData("d*/sub", "data/sub")]
    [InlineData("x[1].txt", "x[1].txt")]
    [InlineData("x\\[1].txt", "x[1].txt")]
    [InlineData("x[1]*", "x1.txt")]
    [InlineData("??.txt", "x1.txt", "é.txt")]
    [InlineData("*.none")]
    [InlineData("nothing")]
    [InlineData("data/skip.csv", "data/skip.csv")]
    [InlineData("data/sk*.csv")]
    [InlineData("data/.", "data")]
    public void Expands_to_what_a_shell_would_name(string pattern, params string[] expected) =>
        Assert.Equal(expected, Expand(pattern));

    [Theory]
    [InlineData("../*")]
    [InlineData("data/../../x")]
    [InlineData("*/../x")]
    [InlineData("/etc/*")]
    public void Refuses_to_leave_the_workspace(string pattern) => Assert.Throws<UnsafePathException>(() => Expand(pattern));

    private IReadOnlyList<string> Expand(string pattern) => PathGlob.Expand(
        _sandbox.Root, pattern, IgnoreRules.Load(_sandbox.Root),
        path => File.ReadAllText(_sandbox.PathOf(path)).StartsWith("dv: 1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
}
