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

    /// <summary>Absolute paths of further caches, asked in this order for what is missing in <see cref="Directory"/>. Nothing is written to them.</summary>
    public IReadOnlyList<string> Alternates { get; init; } = [];

    /// <summary>Claims objects before they are downloaded, so that of several processes over this cache one downloads each.</summary>
    public bool Claims { get; init; }

    /// <summary>The clock by which claims are kept.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
