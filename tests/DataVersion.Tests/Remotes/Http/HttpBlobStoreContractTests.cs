using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;

namespace DataVersion.Tests.Remotes.Http;

/// <summary>What readers may expect, behind web servers that can do more or less.</summary>
public abstract class HttpBlobStoreContract(StaticHttpFiles files) : BlobReadContract, IDisposable
{
    private readonly StaticHttpServer _server = new(files.Answer);

    public void Dispose()
    {
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override IBlobStore Create() => RemoteStores.Open(RemoteContexts.Of($"{_server.Address}/mirror/of%20data"));

    protected override Task SeedAsync(IBlobStore store, string name, byte[] bytes)
    {
        files.Put($"/mirror/of data/{name}", bytes);
        return Task.CompletedTask;
    }
}

public sealed class HttpBlobStoreContractTests() : HttpBlobStoreContract(new StaticHttpFiles());

public sealed class HttpWithoutRangesContractTests() : HttpBlobStoreContract(new StaticHttpFiles { WithoutRanges = true });

public sealed class HttpWithoutHeadContractTests() : HttpBlobStoreContract(new StaticHttpFiles { WithoutHead = true });

/// <summary>As from servers that make answers while they send them.</summary>
public sealed class HttpWithoutLengthContractTests() : HttpBlobStoreContract(new StaticHttpFiles { WithoutLength = true });
