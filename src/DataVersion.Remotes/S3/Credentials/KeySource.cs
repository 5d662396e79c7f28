namespace DataVersion.Remotes.S3;

/// <summary>Where access keys come from. May be used from many threads at once.</summary>
internal abstract class KeySource
{
    /// <summary>What it is ("environment variable AWS_ACCESS_KEY_ID"), never what it holds.</summary>
    public abstract string Description { get; }

    /// <summary>The keys to sign with; null for requests without a signature.</summary>
    /// <exception cref="RemoteException">The source fails.</exception>
    public abstract ValueTask<S3Keys?> GetAsync(CancellationToken cancellationToken);

    /// <summary>The server refused these keys as expired or unknown.</summary>
    /// <returns>True where <see cref="GetAsync"/> may now give others.</returns>
    public virtual bool Forget(S3Keys keys) => false;
}

/// <summary>Keys that stay as they are, or none at all.</summary>
internal sealed class FixedKeys(string description, S3Keys? keys) : KeySource
{
    public override string Description => description;

    public override ValueTask<S3Keys?> GetAsync(CancellationToken cancellationToken) => new(keys);
}
