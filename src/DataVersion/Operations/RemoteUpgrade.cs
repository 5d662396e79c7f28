using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Storage;

namespace DataVersion.Operations;

/// <summary>How objects lie on a remote from now on.</summary>
/// <param name="Remote">Its name.</param>
/// <param name="Location">Where it is.</param>
/// <param name="Before">How they lay before.</param>
/// <param name="Now">How new ones lie.</param>
public sealed record RemoteUpgradeResult(string Remote, string Location, StoreFormat Before, StoreFormat Now);

/// <summary>
/// Makes an existing remote packed, or compressed, as its settings say. What lies there stays where it is and as it is; what is pushed from now on lies so. An
/// older dv refuses the remote afterwards; this cannot be taken back.
/// </summary>
public sealed class RemoteUpgrade(Repository repository)
{
    /// <summary>Runs the command.</summary>
    /// <param name="name">The remote; null for the default one.</param>
    /// <param name="cancellationToken">Cancels before the remote is changed.</param>
    /// <exception cref="UsageException">There is no such remote, it is read-only, its settings ask for nothing, or nothing was pushed there yet.</exception>
    /// <exception cref="RemoteNotTrustedException">The remote came with the repository.</exception>
    public async Task<RemoteUpgradeResult> RunAsync(string? name, CancellationToken cancellationToken)
    {
        RemoteSettings remote = repository.Settings.RequireRemote(name);
        StoreFormat wanted = RemoteFormat.Of(remote);
        if (wanted == StoreFormat.Plain)
            throw new UsageException($"the settings of remote '{remote.Name}' ask for nothing more than plain", $"dv remote modify {remote.Name} layout packed");
        if (!remote.Trusted)
            throw new RemoteNotTrustedException(remote.Name, RemoteUrl.Redact(remote.Url));
        IBlobStore blobs = repository.OpenRemote(remote, new RequestMeter());
        if (blobs.Traits.ReadOnly)
            throw new UsageException($"remote '{remote.Name}' ({blobs.Location}) is read-only", "upgrade the place that it shows");
        StoreFormat before = (await StoreIdentity.ReadAsync(blobs, remote.Name, cancellationToken))?.Format
            ?? throw new UsageException($"nothing was pushed to remote '{remote.Name}' yet", $"the first push makes it {wanted}");
        StoreIdentity now = (await StoreIdentity.UpgradeAsync(blobs, remote.Name, wanted, cancellationToken))!;
        return new RemoteUpgradeResult(remote.Name, blobs.Location, before, now.Format);
    }
}
