using System.Security.Cryptography;
using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Storage;

namespace DataVersion.Operations;

/// <summary>Opens the object store of a remote.</summary>
internal static class RemoteStores
{
    private const int IdBytes = 16;

    public static Task<ObjectStore> OpenAsync(Repository repository, RemoteSettings remote, bool create, CancellationToken cancellationToken)
    {
        IBlobStore blobs = repository.OpenRemote(remote, new RequestMeter());
        return ObjectStore.OpenAsync(blobs, remote.Name, create, NewId, cancellationToken);
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
}
