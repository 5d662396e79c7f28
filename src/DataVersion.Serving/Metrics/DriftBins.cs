using System.Text;
using System.Text.Unicode;
using DataVersion.Serving.Predicting;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Metrics;

/// <summary>
/// Which bin a value of one input falls into, and what share of the training data did: numbers by its deciles, categories one by one; the last two bins
/// are unseen categories and missing values.
/// </summary>
internal sealed class DriftBins
{
    // A share that is 0 on one side alone would make the index infinite.
    private const double LeastShare = 1e-4;
    private const int LongestCategory = 256;

    private readonly double[] _edges = [];
    private readonly Dictionary<string, int> _categories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private readonly bool _isText;

    internal DriftBins(SignatureInput input)
    {
        _isText = input.Type == SignatureType.Category;
        SignatureStatistics statistics = input.Statistics;
        double missing = statistics.Count > 0 ? Math.Clamp(statistics.Missing / (double)statistics.Count, 0, 1) : 0;
        List<double> shares = [];
        if (_isText)
        {
            for (int i = 0; i < input.Categories.Count; i++)
                _categories.TryAdd(input.Categories[i], i);
            double sum = statistics.Frequencies.Where(double.IsFinite).Sum();
            shares.AddRange(input.Categories.Select((_, i) => i < statistics.Frequencies.Count && sum > 0 ? statistics.Frequencies[i] / sum * (1 - missing) : 0));
            IsKnown = sum > 0;
        }
        else
        {
            (_edges, IReadOnlyList<double> parts) = Deciles(statistics.Quantiles);
            shares.AddRange(parts.Select(p => p * (1 - missing)));
            IsKnown = statistics.Quantiles.Count >= 3;
        }
        shares.Add(0);
        shares.Add(missing);
        Expected = [.. shares];
        _byText = _categories.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>False where the signature says too little of the training data.</summary>
    internal bool IsKnown { get; }

    /// <summary>The share of each bin in the training data.</summary>
    internal double[] Expected { get; }

    internal int Missing => Expected.Length - 1;

    private int Unseen => Expected.Length - 2;

    internal int Find(RowBatch batch, int column, int row) => _isText ? FindText(batch.Text(column, row)) : FindNumber(batch.Number(column, row));

    /// <summary>The population stability index: the sum of (share − expected)·ln(share / expected) over the bins.</summary>
    internal double Index(ReadOnlySpan<long> counts, long rows)
    {
        double index = 0;
        for (int bin = 0; bin < Expected.Length; bin++)
        {
            double expected = Math.Max(Expected[bin], LeastShare);
            double share = Math.Max(counts[bin] / (double)rows, LeastShare);
            index += (share - expected) * Math.Log(share / expected);
        }
        return index;
    }

    private int FindNumber(float value)
    {
        if (float.IsNaN(value))
            return Missing;
        int bin = 0;
        while (bin < _edges.Length && value > _edges[bin])
            bin++;
        return bin;
    }

    private int FindText(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return Missing;
        if (text.Length > LongestCategory)
            return _categories.GetValueOrDefault(Encoding.UTF8.GetString(text), Unseen);
        Span<char> characters = stackalloc char[LongestCategory];
        Utf8.ToUtf16(text, characters, out _, out int length);
        return _byText.TryGetValue(characters[..length], out int bin) ? bin : Unseen;
    }

    /// <summary>
    /// The inner quantiles as edges, each once, and the share between them. A column of few values has the same quantile several times: their shares are
    /// added up, and nothing lies above an edge that is the maximum.
    /// </summary>
    private static (double[] Edges, IReadOnlyList<double> Shares) Deciles(IReadOnlyList<double> quantiles)
    {
        if (quantiles.Count < 3)
            return ([], [1]);
        int bins = quantiles.Count - 1;
        var edges = new List<double>();
        var shares = new List<double>();
        for (int i = 1; i < bins; i++)
        {
            if (edges.Count > 0 && quantiles[i] <= edges[^1])
            {
                shares[^1] += 1.0 / bins;
                continue;
            }
            edges.Add(quantiles[i]);
            shares.Add(1.0 / bins);
        }
        if (quantiles[^1] <= edges[^1])
        {
            shares[^1] += 1.0 / bins;
            shares.Add(0);
        }
        else
        {
            shares.Add(1.0 / bins);
        }
        return ([.. edges], shares);
    }
}
