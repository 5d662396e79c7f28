using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using DataVersion.Tests.Limits;
using Xunit;

namespace DataVersion.Tests.Objects;

[Collection(ProcessMemoryCollection.Name)]
public sealed class StoreDocumentMemoryTests
{
    [Fact]
    public async Task A_document_of_100_megabytes_is_not_read()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        const string Document = "dvstore/v1/dv.json";
        var blobs = new MemoryBlobStore();
        await blobs.PutAsync(Document, "{}"u8.ToArray(), WriteMode.Overwrite, token);
        var faulty = new FaultyBlobStore(blobs).On(Verb.Read, new Fault.Appends(100L << 20), Document);
        long before = GC.GetTotalAllocatedBytes();

        await Assert.ThrowsAsync<InvalidFormatException>(() => ObjectStore.OpenAsync(faulty, "origin", false, () => "x", token));

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50L << 20);
    }
}
