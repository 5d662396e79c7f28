namespace DataVersion.Trainer.Data;

/// <summary>Some rows of a table, as a graph takes them.</summary>
public sealed class TableBatch
{
    /// <summary>How many there are.</summary>
    public required int Rows { get; init; }

    /// <summary>
    /// Rows × numbers, row-major; NaN where there is no value. First the numbers and times (as seconds since 1970) themselves; then, of each time, the second of its day, and that of its
    /// week: float32 is too coarse to find these in what is before them.
    /// </summary>
    public required float[] Numbers { get; init; }

    /// <summary>Rows × categories, row-major: code 1..n as in the signature's list; 0 where there is no value, or one that is not in the list.</summary>
    public required int[] Categories { get; init; }

    /// <summary>0 or 1, one for each row.</summary>
    public required float[] Labels { get; init; }
}
