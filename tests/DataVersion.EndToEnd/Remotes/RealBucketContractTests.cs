using System.Collections;
using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>A bucket of the user's own: <c>DV_TEST_S3=s3://bucket/prefix</c>, with the credentials and settings of the environment.</summary>
static class RealBucket
{
    public static string? Url => Environment.GetEnvironmentVariable("DV_TEST_S3") is { Length: > 0 } url ? url : null;

    public static string NewUrl()
    {
        Assert.SkipWhen(Url is null, "DV_TEST_S3=s3://bucket/prefix is not set");
        return $"{Url!.TrimEnd('/')}/{Guid.NewGuid():N}";
    }

    public static IBlobStore Open(string url) => RemoteStores.Open(new RemoteContext
    {
        Settings = new RemoteSettings { Name = "real", Url = url, Trusted = true },
        Variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string)v.Value!),
        HomeDirectory = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        Meter = new RequestMeter(),
    });
}

public sealed class RealBucketContractTests : BlobStoreContract
{
    protected override IBlobStore Create() => RealBucket.Open(RealBucket.NewUrl());
}

public sealed class RealBucketPartsContractTests : PartUploadsContract
{
    private string _url = "";

    protected override IBlobStore Create() => RealBucket.Open(_url = RealBucket.NewUrl());

    protected override IBlobStore Reopen(IBlobStore store) => RealBucket.Open(_url);
}
