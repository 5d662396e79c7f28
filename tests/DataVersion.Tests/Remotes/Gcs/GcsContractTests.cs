using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;

namespace DataVersion.Tests.Remotes.Gcs;

public sealed class GcsBlobStoreContractTests : BlobStoreContract, IAsyncDisposable
{
    private readonly GcsServer _server = GcsServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    protected override IBlobStore Create() => GcsSandbox.Open(_server.Endpoint);
}

public sealed class GcsWholeBucketContractTests : BlobStoreContract, IAsyncDisposable
{
    private readonly GcsServer _server = GcsServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    protected override IBlobStore Create() => GcsSandbox.Open(_server.Endpoint, "gs://bucket");
}

public abstract class GcsPartUploadsContract(GcsServerOptions options) : PartUploadsContract, IAsyncDisposable
{
    private readonly GcsServer _server = GcsServer.Start(options);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override IBlobStore Create() => GcsSandbox.Open(_server.Endpoint);

    protected override IBlobStore Reopen(IBlobStore store) => GcsSandbox.Open(_server.Endpoint);
}

public sealed class GcsPartUploadsContractTests() : GcsPartUploadsContract(new GcsServerOptions());

/// <summary>The same where the service looks at preconditions early, and words it otherwise that a session is gone.</summary>
public sealed class GcsEarlyPartUploadsContractTests() : GcsPartUploadsContract(new GcsServerOptions { ChecksPreconditionsEarly = true, ExpiredSessionStatus = 410 });
