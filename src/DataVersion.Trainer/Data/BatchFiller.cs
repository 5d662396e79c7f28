using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>Turns chunks into batches. A chunk's columns are: numbers (FLOAT), words, the target (FLOAT, or a word).</summary>
internal sealed class BatchFiller(int batchRows, int numbers, WordTable[] words, WordTable? labels)
{
    private float[] _numbers = [];
    private int[] _categories = [];
    private float[] _labels = [];
    private int _filled;

    /// <summary>True when <see cref="Take"/> gives a whole batch.</summary>
    internal bool IsFull => _filled == batchRows;

    /// <summary>Takes picked rows of a chunk, as many as there is room for, and returns how many.</summary>
    internal int Fill(DuckChunk chunk, ReadOnlySpan<int> picked)
    {
        if (_labels.Length == 0)
            Begin();
        ReadOnlySpan<int> rows = picked[..Math.Min(picked.Length, batchRows - _filled)];
        for (int i = 0; i < numbers; i++)
            FillNumbers(chunk.Column(i), rows, _numbers.AsSpan((_filled * numbers) + i));
        for (int i = 0; i < words.Length; i++)
            FillWords(chunk.Column(numbers + i), rows, words[i], _categories.AsSpan((_filled * words.Length) + i));
        FillLabels(chunk.Column(numbers + words.Length), rows, _labels.AsSpan(_filled));
        _filled += rows.Length;
        return rows.Length;
    }

    /// <summary>What has been filled; null where that is nothing.</summary>
    internal TableBatch? Take()
    {
        if (_filled == 0)
            return null;
        var batch = new TableBatch
        {
            Rows = _filled,
            Numbers = Cut(_numbers, _filled * numbers),
            Categories = Cut(_categories, _filled * words.Length),
            Labels = Cut(_labels, _filled),
        };
        (_numbers, _categories, _labels, _filled) = ([], [], [], 0);
        return batch;
    }

    private void Begin()
    {
        _numbers = GC.AllocateUninitializedArray<float>(batchRows * numbers);
        _categories = GC.AllocateUninitializedArray<int>(batchRows * words.Length);
        _labels = GC.AllocateUninitializedArray<float>(batchRows);
    }

    private void FillNumbers(DuckVector vector, ReadOnlySpan<int> rows, Span<float> target)
    {
        ReadOnlySpan<float> values = vector.Values<float>();
        bool hasMissing = vector.HasMissing;
        for (int i = 0; i < rows.Length; i++)
            target[i * numbers] = hasMissing && vector.IsMissing(rows[i]) ? float.NaN : values[rows[i]];
    }

    private void FillWords(DuckVector vector, ReadOnlySpan<int> rows, WordTable table, Span<int> target)
    {
        ReadOnlySpan<DuckText> values = vector.Values<DuckText>();
        bool hasMissing = vector.HasMissing;
        for (int i = 0; i < rows.Length; i++)
            target[i * words.Length] = hasMissing && vector.IsMissing(rows[i]) ? 0 : table.CodeOf(values[rows[i]]);
    }

    private void FillLabels(DuckVector vector, ReadOnlySpan<int> rows, Span<float> target)
    {
        if (labels is null)
        {
            ReadOnlySpan<float> values = vector.Values<float>();
            for (int i = 0; i < rows.Length; i++)
                target[i] = values[rows[i]];
            return;
        }
        ReadOnlySpan<DuckText> texts = vector.Values<DuckText>();
        for (int i = 0; i < rows.Length; i++)
            target[i] = labels.CodeOf(texts[rows[i]]) - 1;
    }

    private static T[] Cut<T>(T[] values, int length) => values.Length == length ? values : values[..length];
}
