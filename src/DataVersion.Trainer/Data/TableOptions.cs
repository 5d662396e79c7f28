namespace DataVersion.Trainer.Data;

/// <summary>How files become a table.</summary>
public sealed record TableOptions
{
    /// <summary>Of a column of words, the most frequent ones that are kept; the rest counts as unseen.</summary>
    public int MaxCategories { get; init; } = 1000;

    /// <summary>Columns that hold words, whatever they look like.</summary>
    public IReadOnlyCollection<string> Categories { get; init; } = [];

    /// <summary>Columns to leave out.</summary>
    public IReadOnlyCollection<string> Ignore { get; init; } = [];

    /// <summary>Of a target of two words, the one that stands for 1; null to choose it (yes, true, fraud …, or the rarer one).</summary>
    public string? Positive { get; init; }

    /// <summary>Bytes that the reader of files may hold, before it writes to <see cref="TempFolder"/>.</summary>
    public long MemoryLimit { get; init; } = 512L << 20;

    /// <summary>
    /// Threads of the reader of files. The rows and their order do not depend on them. One reads ahead of whoever trains, without a second one's waiting for its turn:
    /// about 0.8 million rows a second of twelve columns as CSV, 2 to 4 million as Parquet (two busy cores).
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where the reader writes what does not fit in memory.</summary>
    public string TempFolder { get; init; } = Path.Join(Path.GetTempPath(), "dv-train");
}
