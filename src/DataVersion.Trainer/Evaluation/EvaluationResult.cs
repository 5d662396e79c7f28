namespace DataVersion.Trainer.Evaluation;

/// <summary>How well probabilities and labels agree. What is not defined (an area where one class is missing) is NaN.</summary>
internal sealed record EvaluationResult
{
    internal required long Rows { get; init; }

    internal required long Positives { get; init; }

    /// <summary>Area under the ROC curve: how likely a positive row has the higher probability than a negative one; half counts where they are equal.</summary>
    internal required double RocAuc { get; init; }

    /// <summary>Average precision: Σ (Rₙ − Rₙ₋₁)·Pₙ over the distinct probabilities, without interpolation (as scikit-learn's <c>average_precision_score</c>).</summary>
    internal required double PrAuc { get; init; }

    /// <summary>The mean of −ln(probability of the label), probabilities being kept 1e-7 from 0 and 1.</summary>
    internal required double LogLoss { get; init; }

    /// <summary>The mean of (probability − label)².</summary>
    internal required double Brier { get; init; }

    /// <summary>Expected calibration error: the mean, over rows, of how far the bin's mean probability is from its share of positives.</summary>
    internal required double CalibrationError { get; init; }

    internal required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>At the threshold that was given.</summary>
    internal required Confusion AtThreshold { get; init; }

    /// <summary>At the threshold with the best F1, the highest one where several are best.</summary>
    internal required Confusion AtBestF1 { get; init; }
}

/// <summary>Rows with probabilities from one tenth to the next.</summary>
/// <param name="From">The lowest probability.</param>
/// <param name="To">Below this, or up to 1.</param>
/// <param name="Rows">How many there are.</param>
/// <param name="MeanProbability">Their mean probability; NaN without rows.</param>
/// <param name="ShareOfPositives">How many are positive, of 1; NaN without rows.</param>
internal sealed record CalibrationBin(double From, double To, long Rows, double MeanProbability, double ShareOfPositives);

/// <summary>Who is right where each row from a probability on is called positive.</summary>
internal sealed record Confusion(double Threshold, long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives)
{
    internal double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    internal double Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    internal double F1 => Ratio(2 * TruePositives, (2 * TruePositives) + FalsePositives + FalseNegatives);

    internal double Accuracy => Ratio(TruePositives + TrueNegatives, TruePositives + FalsePositives + FalseNegatives + TrueNegatives);

    // As scikit-learn has it with zero_division=0.
    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
