using DataVersion.Serving.Predicting;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Metrics;

/// <summary>How far the last rows are from the training data, input by input. The window slides in steps of a tenth of its rows.</summary>
internal sealed class DriftWindow
{
    private const int Steps = 10;

    private readonly DriftBins[] _bins;
    private readonly int[] _offsets;
    private readonly long[][] _counts = new long[Steps][];
    private readonly long[] _rows = new long[Steps];
    private readonly long _stepRows;
    private readonly Lock _lock = new();
    private int _step;

    internal DriftWindow(ModelSignature signature, int rows)
    {
        _bins = [.. signature.Inputs.Select(i => new DriftBins(i))];
        _offsets = new int[_bins.Length];
        int cells = 0;
        for (int i = 0; i < _bins.Length; i++)
        {
            _offsets[i] = cells;
            cells += _bins[i].Expected.Length;
        }
        for (int i = 0; i < Steps; i++)
            _counts[i] = new long[cells];
        _stepRows = Math.Max(1, rows / Steps);
    }

    /// <summary>Rows in the window.</summary>
    internal long Rows
    {
        get
        {
            lock (_lock)
                return _rows.Sum();
        }
    }

    /// <summary>Takes in the rows of a request.</summary>
    internal void Add(RowBatch batch)
    {
        lock (_lock)
        {
            if (_rows[_step] >= _stepRows)
            {
                _step = (_step + 1) % Steps;
                Array.Clear(_counts[_step]);
                _rows[_step] = 0;
            }
            long[] counts = _counts[_step];
            for (int column = 0; column < _bins.Length; column++)
            {
                DriftBins bins = _bins[column];
                int offset = _offsets[column];
                for (int row = 0; row < batch.Rows; row++)
                    counts[offset + bins.Find(batch, column, row)]++;
            }
            _rows[_step] += batch.Rows;
        }
    }

    /// <summary>For each input: the population stability index, NaN where nothing can be said, and the share of missing values.</summary>
    internal (double Index, double Missing)[] Measure(out long rows)
    {
        var sums = new long[_counts[0].Length];
        lock (_lock)
        {
            rows = _rows.Sum();
            foreach (long[] counts in _counts)
            {
                for (int i = 0; i < sums.Length; i++)
                    sums[i] += counts[i];
            }
        }
        var measured = new (double, double)[_bins.Length];
        for (int column = 0; column < _bins.Length; column++)
        {
            ReadOnlySpan<long> counts = sums.AsSpan(_offsets[column], _bins[column].Expected.Length);
            measured[column] = rows == 0 || !_bins[column].IsKnown ? (double.NaN, double.NaN) : (_bins[column].Index(counts, rows), counts[_bins[column].Missing] / (double)rows);
        }
        return measured;
    }
}
