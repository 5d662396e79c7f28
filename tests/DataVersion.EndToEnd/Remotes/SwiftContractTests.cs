using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

public sealed class SwiftContractTests : BlobStoreContract
{
    // Its object server looks for the newest file of an object, and another request may have removed that one for a newer before it is opened. dv overwrites only
    // catalogs, what is damaged, and dv.json in an upgrade.
    protected override bool MayVanishWhileOverwritten => true;

    protected override IBlobStore Create()
    {
        IBlobStore store = SwiftS3.Instance.Open(SwiftS3.NewUrl());
        // It says that it cannot decide between writers when it is first asked to.
        store.PutAsync("asked", [], cancellationToken: Token).GetAwaiter().GetResult();
        Assert.False(store.Traits.AtomicIfAbsent);
        store.DeleteAsync("asked", null, Token).GetAwaiter().GetResult();
        return store;
    }
}

public sealed class SwiftPartsContractTests : PartUploadsContract
{
    private string _url = "";

    protected override IBlobStore Create() => SwiftS3.Instance.Open(_url = SwiftS3.NewUrl());

    protected override IBlobStore Reopen(IBlobStore store) => SwiftS3.Instance.Open(_url);
}
