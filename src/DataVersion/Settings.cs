using DataVersion.Caching;
using DataVersion.Configuration;
using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion;

/// <summary>The settings in force, read once per command. Every default is here.</summary>
public sealed record Settings
{
    /// <summary>Name of the remote that is meant when none is named.</summary>
    public string? Remote { get; init; }

    /// <summary>The algorithm that names new objects.</summary>
    public HashKind Hash { get; init; } = HashKind.Sha256;

    /// <summary>Whether pointers and ignore files are staged in Git.</summary>
    public bool Autostage { get; init; } = true;

    /// <summary>How many transfers run at once, 1 to 256; null leaves it to the store.</summary>
    public int? Jobs { get; init; }

    /// <summary>Absolute folder of the cache; null for the one of this repository.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Absolute folders of further caches that are only read, in the order in which they are asked after the cache.</summary>
    public IReadOnlyList<string> CacheAlternates { get; init; } = [];

    /// <summary>How files get from the cache into the workspace, in the order of preference.</summary>
    public IReadOnlyList<LinkKind> Links { get; init; } = [LinkKind.Reflink, LinkKind.Copy];

    /// <summary>Whether other users write to the cache, too.</summary>
    public bool CacheShared { get; init; }

    /// <summary>Whether objects of the cache are taken as right that this repository has not checked itself.</summary>
    public bool CacheTrust { get; init; }

    /// <summary>Name of the remote that records of runs go to; null for the one of the data.</summary>
    public string? RunRemote { get; init; }

    /// <summary>Regular expressions of what is secret in arguments, URLs and diffs, beside what always is.</summary>
    public IReadOnlyList<string> RunRedact { get; init; } = [];

    /// <summary>The remotes, in the order of their names.</summary>
    public IReadOnlyList<RemoteSettings> Remotes { get; init; } = [];

    /// <summary>What was not honoured because it comes with the repository; worth a warning.</summary>
    public IReadOnlyList<IgnoredValue> Ignored { get; init; } = [];

    /// <summary>The remote of that name, or the default one.</summary>
    /// <exception cref="UsageException">There is none, or its URL is not honoured.</exception>
    public RemoteSettings RequireRemote(string? name)
    {
        string? wanted = name ?? Remote;
        if (Remotes.FirstOrDefault(r => r.Name == wanted) is { } remote)
            return remote;
        if (wanted is not null && Ignored.FirstOrDefault(i => i.Value.Key == ConfigKey.OfRemote(wanted, "url")) is { } ignored)
        {
            throw new UsageException(
                $"{ignored.Value.Where}: '{PathRules.Printable(ignored.Value.Shown)}' comes with the repository and is not trusted",
                ignored.Remedy);
        }
        if (Remotes.Count == 0 && name is null)
            throw new UsageException("no remote: dv remote add NAME URL");
        string known = string.Join(", ", Remotes.Select(r => r.Name));
        if (wanted is null)
            throw new UsageException("no default remote", $"name one with 'dv remote default NAME'; there are: {known}");
        throw new UsageException(
            $"no remote named '{PathRules.Printable(wanted)}'",
            Remotes.Count == 0 ? "add it with: dv remote add NAME URL" : $"there are: {known}");
    }
}
