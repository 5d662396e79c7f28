using DataVersion.Testing;
using DataVersion.Tracking.Lineage;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Lineage;

public sealed class LineageSettingsTests
{
    private const string Secret = "hunter2";

    [Fact]
    public void Without_a_URL_or_disabled_nothing_is_sent()
    {
        Assert.Null(LineageSettings.From(new Dictionary<string, string>()));
        Assert.Null(From("URL= "));
        Assert.Null(From("URL=http://h", "DISABLED=True"));
        Assert.NotNull(From("URL=http://h", "DISABLED=false"));
    }

    [Theory]
    [InlineData("http://h:5000", null, "http://h:5000/api/v1/lineage")]
    [InlineData("https://h/base/", null, "https://h/base/api/v1/lineage")]
    [InlineData("https://h/base", "/events", "https://h/base/events")]
    [InlineData("https://u:p@h/base?code=1#x", "a/b", "https://h/base/a/b?code=1")]
    public void The_endpoint_goes_below_the_URL(string url, string? endpoint, string expected) =>
        Assert.Equal(expected, (endpoint is null ? From($"URL={url}") : From($"URL={url}", $"ENDPOINT={endpoint}"))!.Endpoint!.AbsoluteUri);

    [Fact]
    public void Everything_has_its_variable()
    {
        LineageSettings settings = From("URL=http://h", "API_KEY=k", "NAMESPACE=team", "PARENT_ID=n/j/0196b7a1-0000-7000-8000-000000000001")!;
        Assert.Equal(("Bearer k", "team", "j"), (settings.Authorization, settings.Namespace, settings.Parent!.JobName));
        Assert.Equal("default", From("URL=http://h")!.Namespace);
        Assert.Equal("Basic dTpwQA==", From("URL=http://u:p%40@h")!.Authorization);
        Assert.Null(From("URL=http://h")!.Authorization);
    }

    [Fact]
    public void The_key_may_come_in_a_mounted_file()
    {
        using var folder = new TempFolder();
        string file = folder.At("key");
        UsageException absent = Assert.Throws<UsageException>(() => From("URL=http://h", $"API_KEY_FILE={file}"));
        File.WriteAllText(file, "\n");
        UsageException empty = Assert.Throws<UsageException>(() => From("URL=http://h", $"API_KEY_FILE={file}"));
        File.WriteAllText(file, "k\n");

        Assert.Equal("Bearer k", From("URL=http://h", $"API_KEY_FILE={file}")!.Authorization);
        Assert.Equal("Bearer own", From("URL=http://h", "API_KEY=own", $"API_KEY_FILE={file}")!.Authorization);
        Assert.Equal(($"OPENLINEAGE_API_KEY_FILE: '{file}' cannot be read", $"OPENLINEAGE_API_KEY_FILE: '{file}' is empty"), (absent.Message, empty.Message));
    }

    [Fact]
    public void A_file_URL_is_a_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "other paths there");
        LineageSettings settings = From("URL=file:///tmp/a%20b.jsonl")!;
        Assert.Equal(("/tmp/a b.jsonl", null, "/tmp/a b.jsonl"), (settings.File, settings.Endpoint, settings.Shown));
    }

    [Theory]
    [InlineData("URL=nothing")]
    [InlineData("URL=/tmp/x")]
    [InlineData("URL=file:///tmp/")]
    [InlineData("URL=file://hunter2@host/x")]
    [InlineData("URL=ftp://hunter2@h/")]
    [InlineData("URL=kafka://u:hunter2@h/")]
    [InlineData("URL=http://h", "ENDPOINT=https://u:hunter2@elsewhere/x")]
    [InlineData("URL=http://h", "API_KEY=hunter2\nX: y")]
    public void What_cannot_be_used_is_refused_without_telling_a_secret(params string[] variables)
    {
        UsageException error = Assert.Throws<UsageException>(() => From(variables));
        Assert.DoesNotContain(Secret, error.Message + error.Hint, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void Nothing_that_may_be_shown_holds_a_secret()
    {
        LineageSettings settings = From($"URL=https://u:{Secret}@h/p?code={Secret}", $"API_KEY={Secret}")!;
        Assert.Equal("https://h/p/api/v1/lineage", settings.Shown);
        Assert.DoesNotContain(Secret, settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_variables_are_settings_or_a_typed_error() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
        Arb.From(
            from scheme in Gen.Elements("", "http://", "https://", "file:", "file://", "HTTP://u:p@")
            from url in ArbMap.Default.GeneratorFor<string>()
            from endpoint in ArbMap.Default.GeneratorFor<string>()
            select (url: scheme + url, endpoint)), x =>
        {
            try
            {
                return From($"URL={x.url}", $"ENDPOINT={x.endpoint}") is not { } settings || settings.File is not null || settings.Endpoint is not null;
            }
            catch (UsageException)
            {
                return true;
            }
        }));

    private static LineageSettings? From(params string[] variables) =>
        LineageSettings.From(variables.Select(v => v.Split('=', 2)).ToDictionary(v => $"OPENLINEAGE_{v[0]}", v => v[1]));
}
