using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;
using Xunit;

namespace DataVersion.Tests.Remotes;

public sealed class RemoteStoresTests
{
    [Theory]
    [InlineData("s3://bucket/x", "username")]
    [InlineData("gs://bucket/x", "region")]
    [InlineData("azure://container/x", "profile")]
    [InlineData("https://host/x", "storageclass")]
    public void An_option_that_a_store_would_pass_over_is_refused(string url, string option)
    {
        var error = Assert.Throws<UsageException>(() => RemoteStores.Open(Context(url, (option, "x"))));

        Assert.Contains($"the option '{option}' means nothing for '{url}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket/x")]
    [InlineData("gs://bucket/x")]
    [InlineData("azure://container/x")]
    [InlineData("https://host/x")]
    [InlineData("/storage")]
    public void Every_store_takes_a_layout_and_a_compression(string url) =>
        Assert.NotNull(RemoteStores.Open(Context(url, ("layout", "packed"), ("compress", "zstd"))));

    private static RemoteContext Context(string url, params (string Name, string Value)[] options) => new()
    {
        Settings = new RemoteSettings { Name = "origin", Url = url, Options = options.ToDictionary(o => o.Name, o => o.Value), Trusted = true },
        Variables = new Dictionary<string, string> { ["AZURE_STORAGE_ACCOUNT"] = "account" },
        Meter = new RequestMeter(),
    };
}
