using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Gcs;

/// <summary>A folder of its own in a real bucket, deleted afterwards: DV_TEST_GCS=gs://bucket/prefix, with Google's usual credentials.</summary>
internal sealed class RealBucket : IAsyncDisposable
{
    private readonly List<IBlobStore> _stores = [];

    public IBlobStore Open()
    {
        string? url = Environment.GetEnvironmentVariable("DV_TEST_GCS");
        Assert.SkipWhen(string.IsNullOrEmpty(url), "DV_TEST_GCS names no bucket of Google Cloud Storage");
        IBlobStore store = RemoteStores.Open(new RemoteContext
        {
            Settings = new RemoteSettings { Name = "real", Url = $"{url!.TrimEnd('/')}/{Guid.NewGuid():N}", Trusted = true },
            Variables = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string)v.Value!),
            HomeDirectory = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            Meter = new RequestMeter(),
        });
        _stores.Add(store);
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IBlobStore store in _stores)
        {
            await foreach (BlobInfo blob in store.ListAsync("", CancellationToken.None))
                await store.DeleteAsync(blob.Name, null, CancellationToken.None);
        }
    }
}

public sealed class GcsRealBlobStoreContractTests : BlobStoreContract, IAsyncDisposable
{
    private readonly RealBucket _bucket = new();

    public ValueTask DisposeAsync() => _bucket.DisposeAsync();

    protected override IBlobStore Create() => _bucket.Open();
}

public sealed class GcsRealPartUploadsContractTests : PartUploadsContract, IAsyncDisposable
{
    private readonly RealBucket _bucket = new();

    public ValueTask DisposeAsync() => _bucket.DisposeAsync();

    protected override IBlobStore Create() => _bucket.Open();
}
