namespace DataVersion.Caching;

/// <summary>Where the cache is and how it is used.</summary>
public sealed record CacheOptions
{
    /// <summary>Absolute path of the cache; made when something is stored.</summary>
    public required string Directory { get; init; }

    /// <summary>Link kinds in the order of preference; a copy is the last resort whether listed or not.</summary>
    public IReadOnlyList<LinkKind> Links { get; init; } = [LinkKind.Reflink, LinkKind.Copy];

    /// <summary>Makes directories that the group may write to, for a cache that several users share.</summary>
    public bool Shared { get; init; }

    /// <summary>Takes objects in the cache as they are, without hashing them on first use (<c>cache.trust</c>).</summary>
    public bool Trust { get; init; }
}
