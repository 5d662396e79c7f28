using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Models;

/// <summary>A model under a prefix of an object store, as it was put there: no dv remote.</summary>
internal sealed class StoreFiles(IBlobStore store, IReadOnlyList<BlobInfo> blobs, string model) : IModelFiles
{
    private const int MaxListed = 10_000;

    /// <summary>Opens the store that a URL names; its credentials are those of the cloud's own chain.</summary>
    internal static IBlobStore Open(string url, ServingHost host)
    {
        IBlobStore store = RemoteStores.Open(new RemoteContext
        {
            Settings = new RemoteSettings { Name = "model", Url = url, Trusted = true },
            Variables = host.Environment,
            HomeDirectory = host.HomeDirectory,
            Meter = new RequestMeter(),
            Clock = host.Clock,
        });
        return new RetryingBlobStore(store, new RetryOptions(), host.Clock, Random.Shared, static _ => { });
    }

    /// <summary>What there is at this moment.</summary>
    /// <param name="uri">As it was asked for.</param>
    /// <param name="url">The place: a prefix, or one .onnx file.</param>
    /// <param name="host">Gives credentials and the clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task<ResolvedModel> ResolveAsync(ModelUri uri, string url, ServingHost host, CancellationToken cancellationToken)
    {
        string name = "";
        if (url.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            name = url[(url.LastIndexOf('/') + 1)..];
            url = url[..url.LastIndexOf('/')];
        }
        IBlobStore store = Open(url, host);
        List<BlobInfo> blobs = name.Length > 0 || !store.Traits.Listable
            ? await StatAsync(store, name.Length > 0 ? name : ModelSignature.ModelFileName, cancellationToken)
            : await ListAsync(store, cancellationToken);
        string stamp = string.Join(' ', blobs.Select(b => $"{b.Name}:{b.Size}:{b.VersionToken ?? b.LastModified.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture)}"));
        return new ResolvedModel
        {
            Uri = uri,
            Location = name.Length > 0 ? $"{url}/{name}" : url,
            Identity = $"{url} {stamp}",
            Files = new StoreFiles(store, blobs, name),
            Name = url[(url.LastIndexOf('/') + 1)..],
        };
    }

    /// <inheritdoc/>
    public async Task BringAsync(ModelFolder target, CancellationToken cancellationToken)
    {
        foreach (BlobInfo blob in blobs)
        {
            await using Stream source = await store.OpenReadAsync(blob.Name, null, cancellationToken);
            await target.AddAsync(blob.Name == model ? ModelSignature.ModelFileName : blob.Name, source, executable: false, cancellationToken);
        }
    }

    private static async Task<List<BlobInfo>> StatAsync(IBlobStore store, string model, CancellationToken cancellationToken) =>
    [
        await store.StatAsync(model, cancellationToken) ?? throw new BlobNotFoundException(store.Location, model),
        await store.StatAsync(ModelSignature.FileName, cancellationToken) ?? throw new BlobNotFoundException(store.Location, ModelSignature.FileName),
    ];

    private static async Task<List<BlobInfo>> ListAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        var found = new List<BlobInfo>();
        await foreach (BlobInfo blob in store.ListAsync("", cancellationToken))
        {
            if (found.Count == MaxListed)
                throw new UsageException($"{store.Location} has more than {MaxListed} files", "name the folder of one model");
            // Folders that some tools keep as empty objects.
            if (!blob.Name.EndsWith('/'))
                found.Add(blob);
        }
        return found;
    }
}
