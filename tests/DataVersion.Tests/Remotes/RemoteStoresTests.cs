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
        var context = new RemoteContext
        {
            Settings = new RemoteSettings { Name = "origin", Url = url, Options = new Dictionary<string, string> { [option] = "x" }, Trusted = true },
            Variables = new Dictionary<string, string>(),
            Meter = new RequestMeter(),
        };

        var error = Assert.Throws<UsageException>(() => RemoteStores.Open(context));

        Assert.Contains($"the option '{option}' means nothing for '{url}'", error.Message, StringComparison.Ordinal);
    }
}
