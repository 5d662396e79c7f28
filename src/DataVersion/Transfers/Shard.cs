using System.Globalization;

namespace DataVersion.Transfers;

/// <summary>One of several parts that data are split into: <c>0/4</c> is the first of four.</summary>
/// <param name="Index">From 0, as Kubernetes' <c>JOB_COMPLETION_INDEX</c> counts.</param>
/// <param name="Count">How many parts there are.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>The most parts: as many as an Indexed Job may have.</summary>
    public const int MaxCount = 100_000;

    /// <summary>Reads <c>I/N</c>.</summary>
    public static bool TryParse(string text, out Shard shard)
    {
        string[] parts = text.Split('/');
        bool parsed = parts.Length == 2
            & int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            & int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count);
        shard = new Shard(index, count);
        return parsed && count is >= 1 and <= MaxCount && index < count;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
