using DataVersion.Storage;
using DataVersion.Testing.Stores;

namespace DataVersion.Tests.Storage;

public sealed class MemoryBlobStoreTests : BlobStoreContract
{
    protected override IBlobStore Create() => new MemoryBlobStore();
}
