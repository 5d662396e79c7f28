using DataVersion.Configuration;

namespace DataVersion.Operations;

/// <summary>What is trusted now.</summary>
/// <param name="Name">The remote.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Values">What the repository says about it that is honoured from now on; when one of these changes, the trust is gone.</param>
/// <param name="AlreadyTrusted">True where nothing had to be recorded.</param>
public sealed record RemoteTrustResult(string Name, string Url, IReadOnlyList<ConfigValue> Values, bool AlreadyTrusted);

/// <summary>Records, outside the repository, that this user trusts a remote with what the repository says about it.</summary>
public sealed class RemoteTrustOperation(ConfigStore store)
{
    /// <summary>What a trust would cover; records nothing.</summary>
    /// <exception cref="UsageException">There is no such remote.</exception>
    public RemoteTrustResult Preview(string name)
    {
        RemoteDefaults.Require(store, name);
        RemoteSettings remote = store.FindRemote(name)!;
        IReadOnlyList<ConfigValue> values = [.. remote.Committed.Keys.Order(StringComparer.Ordinal)
            .Select(option => store.Stack.Values(ConfigKey.OfRemote(name, option)).First(v => v.Origin.Scope == ConfigScope.Repository))];
        return new RemoteTrustResult(name, remote.Url, values, remote.Trusted);
    }

    /// <summary>Trusts the remote as it is now.</summary>
    /// <exception cref="UsageException">There is no such remote, or no place to record the trust.</exception>
    public RemoteTrustResult Run(string name, CancellationToken cancellationToken)
    {
        RemoteTrustResult result = Preview(name);
        if (!result.AlreadyTrusted)
            store.RecordTrust(name, cancellationToken);
        return result;
    }
}
