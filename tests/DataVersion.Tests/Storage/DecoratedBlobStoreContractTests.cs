using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;

namespace DataVersion.Tests.Storage;

public sealed class RetryingBlobStoreContractTests : BlobStoreContract
{
    protected override IBlobStore Create() => new RetryingBlobStore(new MemoryBlobStore(), new RetryOptions(), new InstantClock(), new Random(1));
}

public sealed class LimitedBlobStoreContractTests : BlobStoreContract, IDisposable
{
    private readonly LimitedBlobStore _store = new(new MemoryBlobStore(), 2);

    public void Dispose() => _store.Dispose();

    protected override IBlobStore Create() => _store;
}

public sealed class FaultyBlobStoreContractTests : BlobStoreContract
{
    protected override IBlobStore Create() => new FaultyBlobStore(new MemoryBlobStore());
}

/// <summary>As it is put together for a remote: retries outside, so that nothing waits while it holds a connection.</summary>
public sealed class StackedBlobStoreContractTests : BlobStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();
    private LimitedBlobStore? _limited;

    public void Dispose()
    {
        _limited?.Dispose();
        _folder.Dispose();
    }

    protected override IBlobStore Create()
    {
        _limited = new LimitedBlobStore(new DirectoryBlobStore(_folder.Path), 1);
        return new RetryingBlobStore(_limited, new RetryOptions(), new InstantClock(), new Random(1));
    }
}

public sealed class RateLimitedBlobStoreContractTests : BlobStoreContract
{
    protected override IBlobStore Create() => new RateLimitedBlobStore(new MemoryBlobStore(), new RateLimit(1 << 20, new InstantClock()));
}

public sealed class MemoryPartUploadsContractTests : PartUploadsContract
{
    protected override IBlobStore Create() => new MemoryBlobStore();
}

/// <summary>Parts through every decorator, as they are put together for a remote.</summary>
public sealed class StackedPartUploadsContractTests : PartUploadsContract, IDisposable
{
    private readonly LimitedBlobStore _limited =
        new(new RateLimitedBlobStore(new MemoryBlobStore(), new RateLimit(1 << 30, new InstantClock())), new AdaptiveGate(8, TimeProvider.System));

    public void Dispose() => _limited.Dispose();

    protected override IBlobStore Create() => new RetryingBlobStore(_limited, new RetryOptions(), new InstantClock(), new Random(1));
}
