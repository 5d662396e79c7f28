namespace DataVersion.Objects;

/// <summary>How objects lie on a remote (docs/format.md, "Packed remote"). Decided when the remote is made, and written down in its <c>dv.json</c>.</summary>
/// <param name="Packs">Small objects lie together in packs.</param>
/// <param name="Zstd">What is stored is compressed. Only with <paramref name="Packs"/>.</param>
public sealed record StoreFormat(bool Packs, bool Zstd)
{
    /// <summary>Each object is a blob of its own, with the object's bytes.</summary>
    public static StoreFormat Plain { get; } = new(false, false);

    /// <summary>What has everything that either of two has.</summary>
    public StoreFormat With(StoreFormat other) => new(Packs || other.Packs, Zstd || other.Zstd);

    /// <summary>The words that a client must know to use such a remote.</summary>
    internal IReadOnlyList<string> Requires => (Packs, Zstd) switch
    {
        (true, true) => ["packs", "zstd"],
        (true, false) => ["packs"],
        _ => [],
    };

    /// <inheritdoc/>
    public override string ToString() => (Packs, Zstd) switch
    {
        (true, true) => "packed, compressed with zstd",
        (true, false) => "packed",
        _ => "plain",
    };
}
