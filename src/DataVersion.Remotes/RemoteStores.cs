using DataVersion.Configuration;
using DataVersion.Remotes.Azure;
using DataVersion.Remotes.Gcs;
using DataVersion.Remotes.Http;
using DataVersion.Remotes.S3;
using DataVersion.Storage;

namespace DataVersion.Remotes;

/// <summary>Opens the store that a remote's URL names. Nothing is asked of it before the first request.</summary>
public static class RemoteStores
{
    /// <exception cref="UsageException">Options that contradict each other, or that the store does not know.</exception>
    public static IBlobStore Open(RemoteContext context) => context.Url.Kind switch
    {
        RemoteKind.Directory => new DirectoryBlobStore(context.Url.Path),
        RemoteKind.S3 => S3Remote.Open(context),
        RemoteKind.Azure => AzureRemote.Open(context),
        RemoteKind.GoogleCloudStorage => GcsRemote.Open(context),
        RemoteKind.Http => HttpRemote.Open(context),
        RemoteKind other => throw new ArgumentOutOfRangeException(nameof(context), other, null),
    };
}
