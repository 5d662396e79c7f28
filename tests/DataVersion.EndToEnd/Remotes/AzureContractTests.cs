using System.Collections;
using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Stores;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>Against Azurite; with DV_TEST_AZURE=azure://CONTAINER/PREFIX against that container, with credentials as <c>dv</c> finds them.</summary>
public sealed class AzureContractTests(AzuriteFixture azurite) : BlobStoreContract
{
    protected override IBlobStore Create() => RealAzure.TryOpen() ?? AzuriteFixture.Open(azurite.Plain);
}

/// <inheritdoc cref="AzureContractTests"/>
public sealed class AzurePartUploadsContractTests(AzuriteFixture azurite) : PartUploadsContract
{
    // Azure keeps blocks by name and forgets them after a week.
    protected override bool KnowsItsUploads => false;

    protected override IBlobStore Create() => RealAzure.TryOpen() ?? AzuriteFixture.Open(azurite.Plain);
}

internal static class RealAzure
{
    public static IBlobStore? TryOpen() => Environment.GetEnvironmentVariable("DV_TEST_AZURE") is { Length: > 0 } url
        ? RemoteStores.Open(new RemoteContext
        {
            Settings = new RemoteSettings { Name = "azure", Url = $"{url.TrimEnd('/')}/{Guid.NewGuid():n}", Trusted = true },
            Variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!),
            Meter = new RequestMeter(),
        })
        : null;
}
