using DataVersion.Configuration;
using DataVersion.Storage;

namespace DataVersion.Remotes;

/// <summary>Opens the store that a remote's URL names. Nothing is asked of it before the first request.</summary>
public static class RemoteStores
{
    /// <exception cref="UsageException">Options that contradict each other, or that the store does not know.</exception>
    public static IBlobStore Open(RemoteContext context) => context.Url.Kind switch
    {
        RemoteKind.Directory => new DirectoryBlobStore(context.Url.Path),
        RemoteKind.GoogleCloudStorage => Gcs.GcsRemote.Open(context),
        _ => throw new UsageException($"remote '{context.Settings.Name}': no store for '{RemoteUrl.Redact(context.Settings.Url)}' is built in"),
    };
}
