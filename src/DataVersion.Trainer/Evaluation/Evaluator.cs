namespace DataVersion.Trainer.Evaluation;

/// <summary>Collects probabilities and labels, and says how well they agree. Five bytes of each row are kept, since areas under curves need an order.</summary>
internal sealed class Evaluator
{
    private const int Bins = 10;
    private const double Smallest = 1e-7;

    private readonly long[] _binRows = new long[Bins];
    private readonly long[] _binPositives = new long[Bins];
    private readonly double[] _binSums = new double[Bins];
    private float[] _probabilities = new float[1024];
    private byte[] _labels = new byte[1024];
    private int _count;
    private long _positives;
    private double _logLoss, _brier;
    private bool _isSorted;

    /// <summary>Adds rows.</summary>
    /// <param name="probabilities">The probability of the positive class.</param>
    /// <param name="labels">0 or 1.</param>
    internal void Add(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        if (probabilities.Length != labels.Length)
            throw new ArgumentException("there is one label for each probability", nameof(labels));
        Grow(_count + probabilities.Length);
        for (int i = 0; i < probabilities.Length; i++)
            Add(probabilities[i], labels[i] > 0.5f);
    }

    /// <summary>Adds rows by their log odds.</summary>
    internal void AddLogits(ReadOnlySpan<float> logits, ReadOnlySpan<float> labels)
    {
        float[] probabilities = new float[logits.Length];
        for (int i = 0; i < probabilities.Length; i++)
            probabilities[i] = (float)(1 / (1 + Math.Exp(-logits[i])));
        Add(probabilities, labels);
    }

    /// <summary>The mean of −ln(probability of the label).</summary>
    internal double LogLoss => _count == 0 ? double.NaN : _logLoss / _count;

    /// <summary>Area under the ROC curve; NaN without rows of both classes.</summary>
    internal double RocAuc()
    {
        Sort();
        long negatives = _count - _positives;
        if (_positives == 0 || negatives == 0)
            return double.NaN;
        // Pairs of a positive and a negative row in which the positive one has the higher probability.
        double pairs = 0;
        long below = 0;
        foreach ((long positive, long negative, _) in Ties())
        {
            pairs += positive * (below + (negative / 2.0));
            below += negative;
        }
        return pairs / ((double)_positives * negatives);
    }

    /// <summary>Everything.</summary>
    /// <param name="threshold">From this probability on a row is called positive; null for the one with the best F1.</param>
    internal EvaluationResult Finish(double? threshold)
    {
        double auc = RocAuc();
        (double average, Confusion best) = Sweep();
        return new EvaluationResult
        {
            Rows = _count,
            Positives = _positives,
            RocAuc = auc,
            PrAuc = average,
            LogLoss = LogLoss,
            Brier = _count == 0 ? double.NaN : _brier / _count,
            CalibrationError = _count == 0 ? double.NaN : Enumerable.Range(0, Bins).Sum(b => Math.Abs(_binSums[b] - _binPositives[b])) / _count,
            Calibration = [.. Enumerable.Range(0, Bins).Select(Bin)],
            AtThreshold = threshold is { } given ? At(given) : best,
            AtBestF1 = best,
        };
    }

    private void Add(float probability, bool isPositive)
    {
        // A probability that is no number would end up anywhere in the order.
        float p = float.IsNaN(probability) ? throw new ArgumentException("a probability is not a number", nameof(probability)) : probability;
        _isSorted = false;
        _probabilities[_count] = p;
        _labels[_count++] = isPositive ? (byte)1 : (byte)0;
        double right = Math.Clamp(isPositive ? p : 1.0 - p, Smallest, 1 - Smallest);
        _logLoss -= Math.Log(right);
        double miss = p - (isPositive ? 1.0 : 0);
        _brier += miss * miss;
        int bin = Math.Clamp((int)(p * Bins), 0, Bins - 1);
        _binRows[bin]++;
        _binSums[bin] += p;
        if (!isPositive)
            return;
        _positives++;
        _binPositives[bin]++;
    }

    private CalibrationBin Bin(int bin) =>
        new(bin / (double)Bins, (bin + 1) / (double)Bins, _binRows[bin], _binSums[bin] / _binRows[bin], (double)_binPositives[bin] / _binRows[bin]);

    private void Grow(int count)
    {
        if (count <= _labels.Length)
            return;
        int length = (int)Math.Min(Array.MaxLength, Math.Max(count, 2L * _labels.Length));
        Array.Resize(ref _probabilities, length);
        Array.Resize(ref _labels, length);
    }

    private void Sort()
    {
        if (!_isSorted)
            Array.Sort(_probabilities, _labels, 0, _count);
        _isSorted = true;
    }

    /// <summary>How many rows of each class share a probability, from the lowest one up, or down.</summary>
    private IEnumerable<(long Positives, long Negatives, float Probability)> Ties(bool fromAbove = false)
    {
        for (int i = 0; i < _count;)
        {
            int Index(int rank) => fromAbove ? _count - 1 - rank : rank;
            float probability = _probabilities[Index(i)];
            long positives = 0, all = 0;
            for (; i < _count && _probabilities[Index(i)] == probability; i++, all++)
                positives += _labels[Index(i)];
            yield return (positives, all - positives, probability);
        }
    }

    private (double AveragePrecision, Confusion Best) Sweep()
    {
        Sort();
        var best = new Confusion(1, 0, 0, _positives, _count - _positives);
        long truePositives = 0, falsePositives = 0;
        double average = 0;
        foreach ((long positives, long negatives, float probability) in Ties(fromAbove: true))
        {
            truePositives += positives;
            falsePositives += negatives;
            average += (double)positives * truePositives / (truePositives + falsePositives);
            var here = new Confusion(probability, truePositives, falsePositives, _positives - truePositives, _count - _positives - falsePositives);
            if (here.F1 > best.F1)
                best = here;
        }
        return (_positives == 0 ? double.NaN : average / _positives, best);
    }

    private Confusion At(double threshold)
    {
        long truePositives = 0, falsePositives = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_probabilities[i] < threshold)
                continue;
            truePositives += _labels[i];
            falsePositives += 1 - _labels[i];
        }
        return new Confusion(threshold, truePositives, falsePositives, _positives - truePositives, _count - _positives - falsePositives);
    }
}
