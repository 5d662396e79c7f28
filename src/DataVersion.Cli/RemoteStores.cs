using DataVersion.Configuration;
using DataVersion.Storage;

namespace DataVersion.Cli;

/// <summary>Which stores this program is built with.</summary>
internal static class RemoteStores
{
    internal static IBlobStore? Open(RemoteSettings remote)
    {
        RemoteUrl url = RemoteUrl.Parse(remote.Url);
        return url.Kind == RemoteKind.Directory ? new DirectoryBlobStore(url.Path) : null;
    }
}
