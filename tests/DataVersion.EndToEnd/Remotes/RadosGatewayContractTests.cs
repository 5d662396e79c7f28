using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;

namespace DataVersion.EndToEnd.Remotes;

public sealed class RadosGatewayContractTests : BlobStoreContract
{
    protected override IBlobStore Create() => RadosGateway.Instance.Open(RadosGateway.NewUrl());
}

public sealed class RadosGatewayTlsContractTests : BlobStoreContract
{
    protected override IBlobStore Create() => RadosGateway.Instance.Open(RadosGateway.NewUrl(), tls: true);
}

public sealed class RadosGatewayPartsContractTests : PartUploadsContract
{
    private string _url = "";

    protected override IBlobStore Create() => RadosGateway.Instance.Open(_url = RadosGateway.NewUrl());

    protected override IBlobStore Reopen(IBlobStore store) => RadosGateway.Instance.Open(_url);
}

public sealed class RadosGatewayTlsPartsContractTests : PartUploadsContract
{
    private string _url = "";

    protected override IBlobStore Create() => RadosGateway.Instance.Open(_url = RadosGateway.NewUrl(), tls: true);

    protected override IBlobStore Reopen(IBlobStore store) => RadosGateway.Instance.Open(_url, tls: true);
}
