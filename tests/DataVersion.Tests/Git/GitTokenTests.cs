using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class GitTokenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dv-test-token-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_variable_wins_over_the_file_and_without_both_there_is_none()
    {
        string file = Write("from-file\n");
        Assert.Null(GitToken.Read(new Dictionary<string, string> { ["DV_GIT_TOKEN"] = "", ["DV_GIT_TOKEN_FILE"] = "" }));
        Assert.Equal("from-file", ValueOf(("DV_GIT_TOKEN_FILE", file)));
        Assert.Equal("from-variable", ValueOf(("DV_GIT_TOKEN", "from-variable"), ("DV_GIT_TOKEN_FILE", file)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("two words")]
    [InlineData("two\nlines")]
    public void What_is_no_token_is_refused_without_being_shown(string text)
    {
        var variables = new Dictionary<string, string> { ["DV_GIT_TOKEN_FILE"] = Write(text) };

        UsageException error = Assert.Throws<UsageException>(() => GitToken.Read(variables));

        Assert.Contains("DV_GIT_TOKEN_FILE", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("two", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://git.example.org/team/repo.git", "https://git.example.org", true)]
    [InlineData("https://git.example.org:8443/repo.git", "https://git.example.org:8443", true)]
    [InlineData("https://someone@git.example.org/repo.git", "https://git.example.org", false)]
    [InlineData("http://127.0.0.1:8080/repo.git", "http://127.0.0.1:8080", true)]
    [InlineData("http://localhost/repo.git", "http://localhost", true)]
    public void It_is_for_the_server_that_was_named(string url, string origin, bool namesUser)
    {
        GitProgram program = Program.ForFetching(url);

        Assert.Equal([new($"credential.{origin}.helper", ""), new($"credential.{origin}.helper", program.Settings[1].Value)], program.Settings);
        Assert.Equal(namesUser, program.Settings[1].Value.Contains("x-access-token", StringComparison.Ordinal));
        Assert.DoesNotContain("secret-token", program.Settings[1].Value, StringComparison.Ordinal);
        Assert.Equal("secret-token", program.Variables["GIT_TOKEN_FROM_DV"]);
    }

    [Theory]
    [InlineData("http://git.example.org/repo.git")]
    [InlineData("https://user:password@git.example.org/repo.git")]
    [InlineData("ssh://git@git.example.org/repo.git")]
    [InlineData("git@git.example.org:repo.git")]
    [InlineData("git://git.example.org/repo.git")]
    [InlineData("file:///srv/repo.git")]
    [InlineData("/srv/repo.git")]
    public void No_other_way_is_given_it(string url)
    {
        GitProgram program = Program.ForFetching(url);

        Assert.Empty(program.Settings);
        Assert.DoesNotContain("secret-token", program.Variables.Values);
    }

    private static GitProgram Program => GitSandbox.Find([]).With(GitToken.Read(new Dictionary<string, string> { ["DV_GIT_TOKEN"] = "secret-token" }));

    private static string ValueOf(params (string Name, string Value)[] variables) => GitToken.AddTo(variables.ToDictionary(v => v.Name, v => v.Value))["DV_GIT_TOKEN"];

    private string Write(string text)
    {
        string file = Path.Combine(_folder, "token");
        File.WriteAllText(file, text);
        return file;
    }
}
