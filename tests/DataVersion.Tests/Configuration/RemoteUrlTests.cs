using DataVersion.Configuration;
using Xunit;

namespace DataVersion.Tests.Configuration;

public sealed class RemoteUrlTests
{
    [Theory]
    [InlineData("/srv/data", RemoteKind.Directory, "", "/srv/data", "/srv/data")]
    [InlineData("../storage", RemoteKind.Directory, "", "../storage", "../storage")]
    [InlineData("a b/ü", RemoteKind.Directory, "", "a b/ü", "a b/ü")]
    [InlineData("./user@host:x", RemoteKind.Directory, "", "./user@host:x", "./user@host:x")]
    [InlineData("file:///srv/a%20b", RemoteKind.Directory, "", "/srv/a b", "/srv/a b")]
    [InlineData("FILE://localhost/srv", RemoteKind.Directory, "", "/srv", "/srv")]
    [InlineData("s3://bucket", RemoteKind.S3, "bucket", "", "s3://bucket")]
    [InlineData("S3://bucket/a/b/", RemoteKind.S3, "bucket", "a/b", "s3://bucket/a/b")]
    [InlineData("gs://bucket/p@q", RemoteKind.GoogleCloudStorage, "bucket", "p@q", "gs://bucket/p@q")]
    [InlineData("azure://container/p", RemoteKind.Azure, "container", "p", "azure://container/p")]
    [InlineData("https://example.org:8443/x", RemoteKind.Http, "example.org:8443", "x", "https://example.org:8443/x")]
    public void Parse_takes_it_apart(string text, RemoteKind kind, string authority, string path, string shown)
    {
        RemoteUrl url = RemoteUrl.Parse(text);
        Assert.Equal((kind, authority, path, shown), (url.Kind, url.Authority, url.Path, url.ToString()));
    }

    [Theory]
    [InlineData("http://h/", true)]
    [InlineData("https://h/", false)]
    public void Plain_is_what_others_can_read(string text, bool plain) => Assert.Equal(plain, RemoteUrl.Parse(text).IsPlain);

    [Theory]
    [InlineData("")]
    [InlineData("ftp://host/x")]
    [InlineData("s3://")]
    [InlineData("s3:///key")]
    [InlineData("azure://")]
    [InlineData("https:///x")]
    [InlineData("https://a b/")]
    [InlineData("https://a:b/c")]
    [InlineData("file://host/x")]
    [InlineData("file:///a%00b")]
    [InlineData("git@host:path")]
    [InlineData("/a\nb")]
    public void Parse_refuses_what_leads_nowhere(string text) => Assert.Throws<UsageException>(() => RemoteUrl.Parse(text));

    [Theory]
    [InlineData("https://user:hunter2@host/x")]
    [InlineData("https://hunter2@host")]
    [InlineData("s3://key:hunter2@bucket/x")]
    [InlineData("https://host/x?sig=hunter2")]
    [InlineData("ftp://user:hunter2@host/x")]
    [InlineData("user:hunter2@host/x")]
    [InlineData("https://user:hunter2@ho\nst/x")]
    public void Parse_refuses_credentials_and_does_not_repeat_them(string text)
    {
        UsageException error = Assert.Throws<UsageException>(() => RemoteUrl.Parse(text));
        Assert.DoesNotContain("hunter2", error.Message + error.Hint, StringComparison.Ordinal);
        Assert.Contains("****", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("A.b_c-9", true)]
    [InlineData("9", true)]
    [InlineData("", false)]
    [InlineData(".a", false)]
    [InlineData("-a", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    [InlineData("a b", false)]
    public void Names_are_plain(string name, bool valid) => Assert.Equal(valid, RemoteName.IsValid(name));
}
