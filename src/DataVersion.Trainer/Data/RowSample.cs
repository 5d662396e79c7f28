using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>
/// The numbers of some rows, or of all while they are few: those whose hash ends in enough zero bits that no more than <see cref="MostRows"/> are kept.
/// The same rows are always the ones that are kept.
/// </summary>
internal sealed class RowSample(int columns)
{
    internal const int MostRows = 1 << 17;

    private const ulong Seed = 0x5A4D50;

    private readonly List<long> _rows = [];
    private readonly List<float>[] _values = [.. Enumerable.Range(0, columns).Select(_ => new List<float>())];
    private ulong _mask;

    /// <summary>Adds the rows of a chunk, whose first columns are the numbers, as DOUBLE.</summary>
    internal void Add(DuckChunk chunk, long firstRow)
    {
        Span<int> picked = stackalloc int[chunk.Rows];
        int count = Pick(picked, firstRow, chunk.Rows);
        while (_rows.Count + count > MostRows)
        {
            Halve();
            count = Pick(picked, firstRow, chunk.Rows);
        }
        for (int i = 0; i < count; i++)
            _rows.Add(firstRow + picked[i]);
        for (int column = 0; column < _values.Length; column++)
        {
            DuckVector vector = chunk.Column(column);
            ReadOnlySpan<double> values = vector.Values<double>();
            foreach (int row in picked[..count])
                _values[column].Add(vector.IsMissing(row) ? float.NaN : (float)values[row]);
        }
    }

    /// <summary>The values that are kept of a column; NaN where there is none.</summary>
    internal float[] ValuesOf(int column) => [.. _values[column]];

    private int Pick(Span<int> picked, long firstRow, int rows)
    {
        int count = 0;
        for (int row = 0; row < rows; row++)
        {
            if (IsKept(firstRow + row))
                picked[count++] = row;
        }
        return count;
    }

    private bool IsKept(long row) => (RowHash.Of(row, Seed) & _mask) == 0;

    private void Halve()
    {
        _mask = (_mask << 1) | 1;
        int[] kept = [.. Enumerable.Range(0, _rows.Count).Where(i => IsKept(_rows[i]))];
        foreach (List<float> values in _values)
            Shrink(values, kept);
        Shrink(_rows, kept);
    }

    private static void Shrink<T>(List<T> values, int[] kept)
    {
        for (int i = 0; i < kept.Length; i++)
            values[i] = values[kept[i]];
        values.RemoveRange(kept.Length, values.Count - kept.Length);
    }
}
