using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Remotes.S3;
using DataVersion.Storage;
using DataVersion.Testing;
using Xunit;

namespace DataVersion.Tests.Remotes.S3;

/// <summary>Settings of S3 remotes: what they mean, where they come from, what is refused.</summary>
public sealed class S3OptionsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static RemoteContext Context(string url, Dictionary<string, string>? options = null, Dictionary<string, string>? variables = null) => new()
    {
        Settings = new RemoteSettings { Name = "r", Url = url, Options = options ?? [], Trusted = true },
        Variables = variables ?? [],
        Meter = new RequestMeter(),
    };

    private static S3Options Read(string url, params (string, string)[] options) => S3Options.From(Context(url, options.ToDictionary(o => o.Item1, o => o.Item2)), null);

    [Theory]
    [InlineData("s3://bucket/a/b", null, null, "https://bucket.s3.us-east-1.amazonaws.com/", "a/b/")]
    [InlineData("s3://bucket", null, "true", "https://s3.us-east-1.amazonaws.com/bucket", "")]
    [InlineData("s3://with.dots", null, null, "https://s3.us-east-1.amazonaws.com/with.dots", "")]
    [InlineData("s3://bucket", "https://ceph:7480", null, "https://ceph:7480/bucket", "")]
    [InlineData("s3://bucket", "http://ceph:7480/base/", null, "http://ceph:7480/base/bucket", "")]
    [InlineData("s3://bucket", "https://ceph", "false", "https://bucket.ceph/", "")]
    [InlineData("s3://bucket", "https://s3.eu-west-1.amazonaws.com", null, "https://bucket.s3.eu-west-1.amazonaws.com/", "")]
    public void The_address_of_a_bucket(string url, string? endpoint, string? pathStyle, string expected, string prefix)
    {
        var given = new List<(string, string)>();
        if (endpoint is not null)
            given.Add(("endpoint", endpoint));
        if (pathStyle is not null)
            given.Add(("pathstyle", pathStyle));

        S3Options options = Read(url, [.. given]);

        Assert.Equal(expected, options.Endpoint.AbsoluteUri);
        Assert.Equal(prefix, options.Prefix);
        Assert.Equal(url, options.Location);
    }

    [Fact]
    public void A_region_comes_from_option_environment_profile_in_this_order()
    {
        Dictionary<string, string> variables = new() { ["AWS_REGION"] = "eu-west-2", ["AWS_DEFAULT_REGION"] = "eu-west-3" };

        Assert.Equal("eu-west-1", S3Options.From(Context("s3://bucket", new() { ["region"] = "eu-west-1" }, variables), "eu-west-4").Region);
        Assert.Equal("eu-west-2", S3Options.From(Context("s3://bucket", [], variables), "eu-west-4").Region);
        variables.Remove("AWS_REGION");
        Assert.Equal("eu-west-3", S3Options.From(Context("s3://bucket", [], variables), "eu-west-4").Region);
        variables.Clear();
        Assert.Equal("eu-west-4", S3Options.From(Context("s3://bucket", [], variables), "eu-west-4").Region);
        Assert.Equal("us-east-1", S3Options.From(Context("s3://bucket", [], variables), null).Region);
    }

    [Fact]
    public void An_endpoint_comes_from_the_environment_too()
    {
        var context = Context("s3://bucket", [], new() { ["AWS_ENDPOINT_URL"] = "http://one", ["AWS_ENDPOINT_URL_S3"] = "http://two" });

        Assert.Equal("http://two/bucket", S3Options.From(context, null).Endpoint.AbsoluteUri);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("https://ceph", null, false)]
    [InlineData("https://ceph", "true", true)]
    [InlineData(null, "false", false)]
    public void The_checksums_of_aws_go_to_aws(string? endpoint, string? option, bool expected)
    {
        var options = new Dictionary<string, string>();
        if (endpoint is not null)
            options["endpoint"] = endpoint;
        if (option is not null)
            options["checksums"] = option;

        Assert.Equal(expected, S3Options.From(Context("s3://bucket", options), null).Checksums);
    }

    [Theory]
    [InlineData("encryption", "AES512", "AES256, aws:kms")]
    [InlineData("kmskey", "key-1", "encryption aws:kms")]
    [InlineData("storageclass", "STANDRD", "STANDARD_IA")]
    [InlineData("storageclass", "GLACIER", "GLACIER_IR")]
    [InlineData("region", "eu west", "eu-central-1")]
    [InlineData("endpoint", "ftp://x", "https://host:port")]
    [InlineData("endpoint", "https://user:s3cret@x", "https://host:port")]
    [InlineData("credentialfile", "/no/such/file", "credentialfile")]
    [InlineData("cafile", "/no/such/file", "PEM")]
    [InlineData("accesskeyid", "AKID", "secretaccesskey")]
    [InlineData("profile", "nobody", "looked in")]
    public void A_value_that_is_not_known_is_one_clear_line(string option, string value, string hint)
    {
        var error = Assert.Throws<UsageException>(() => RemoteStores.Open(Context("s3://bucket", new() { [option] = value })));

        Assert.Contains(hint, error.Hint);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain("s3cret", error.Message);
    }

    [Theory]
    [InlineData("s3://ab")]
    [InlineData("s3://-bucket")]
    [InlineData("s3://bu%63ket")]
    public void A_bucket_that_cannot_be_is_refused(string url) => Assert.Throws<UsageException>(() => Read(url));

    [Fact]
    public void A_ca_bundle_comes_from_the_environment_too()
    {
        var context = Context("s3://bucket", [], new() { ["AWS_CA_BUNDLE"] = _folder.At("missing.pem") });

        Assert.Contains("missing.pem", Assert.Throws<UsageException>(() => RemoteStores.Open(context)).Message);
    }
}
