using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data.DuckDb;

namespace DataVersion.Trainer.Data;

/// <summary>
/// What a column of numbers looks like. Added up in the order of the rows, by one thread: DuckDB's own sums depend, in their last bits, on which of its threads
/// was first, and a signature is to have the same bytes every time.
/// </summary>
internal sealed class NumberProfile
{
    private double _shift;
    private double _sum;
    private double _squares;

    internal long Count { get; private set; }

    internal long Missing { get; private set; }

    internal double Minimum { get; private set; } = double.PositiveInfinity;

    internal double Maximum { get; private set; } = double.NegativeInfinity;

    /// <summary>Adds a vector of DOUBLE, and returns the first row whose value is none that a float32 holds; -1 where all are.</summary>
    internal int Add(DuckVector vector)
    {
        ReadOnlySpan<double> values = vector.Values<double>();
        for (int row = 0; row < values.Length; row++)
        {
            double value = values[row];
            if (vector.IsMissing(row) || double.IsNaN(value))
            {
                Missing++;
                continue;
            }
            if (float.IsInfinity((float)value))
                return row;
            if (Count++ == 0)
                _shift = value;
            // Far from zero, squares of the values themselves would cancel out.
            double centred = value - _shift;
            _sum += centred;
            _squares += centred * centred;
            Minimum = Math.Min(Minimum, value);
            Maximum = Math.Max(Maximum, value);
        }
        return -1;
    }

    /// <summary>The statistics of a signature; the standard deviation is that of these rows (divided by their number).</summary>
    /// <param name="sample">Values of some rows, or of all; it is sorted.</param>
    internal SignatureStatistics ToStatistics(float[] sample)
    {
        if (Count == 0)
            return new SignatureStatistics { Count = Missing, Missing = Missing };
        double mean = _sum / Count;
        double variance = Math.Max(0, (_squares / Count) - (mean * mean));
        return new SignatureStatistics
        {
            Count = Count + Missing,
            Missing = Missing,
            Mean = _shift + mean,
            StandardDeviation = Math.Sqrt(variance),
            Quantiles = [Minimum, .. Deciles(sample), Maximum],
        };
    }

    /// <summary>Between two values, in proportion (type 7 of Hyndman and Fan: what NumPy does).</summary>
    private IEnumerable<double> Deciles(float[] sample)
    {
        float[] sorted = [.. sample.Where(v => !float.IsNaN(v))];
        Array.Sort(sorted);
        for (int decile = 1; decile <= 9; decile++)
        {
            if (sorted.Length == 0)
            {
                yield return Minimum + ((Maximum - Minimum) * decile / 10);
                continue;
            }
            double at = (sorted.Length - 1) * (decile / 10.0);
            int below = (int)at;
            double low = sorted[below];
            double high = sorted[Math.Min(below + 1, sorted.Length - 1)];
            yield return Math.Clamp(low + ((high - low) * (at - below)), Minimum, Maximum);
        }
    }
}
