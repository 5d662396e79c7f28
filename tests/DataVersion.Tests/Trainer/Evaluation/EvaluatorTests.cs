using DataVersion.Trainer.Evaluation;
using Xunit;

namespace DataVersion.Tests.Trainer.Evaluation;

public sealed class EvaluatorTests
{
    /// <summary>The example of scikit-learn's documentation: roc_auc_score gives 0.75, average_precision_score 0.8333….</summary>
    [Fact]
    public void A_small_case_that_was_computed_by_hand()
    {
        EvaluationResult result = Evaluate([0.1f, 0.4f, 0.35f, 0.8f], [0, 0, 1, 1], 0.5);

        Assert.Equal((4, 2), (result.Rows, result.Positives));
        Assert.Equal(0.75, result.RocAuc, 12);
        Assert.Equal(5.0 / 6, result.PrAuc, 12);
        Assert.Equal(new Confusion(0.5, 1, 0, 1, 2), result.AtThreshold);
        Assert.Equal((1, 0.5, 2.0 / 3, 0.75), (result.AtThreshold.Precision, result.AtThreshold.Recall, result.AtThreshold.F1, result.AtThreshold.Accuracy));
        Assert.Equal((0.35f, 2L, 1L), ((float)result.AtBestF1.Threshold, result.AtBestF1.TruePositives, result.AtBestF1.FalsePositives));
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.6) + Math.Log(0.35) + Math.Log(0.8)) / 4, result.LogLoss, 6);
        Assert.Equal((0.01 + 0.16 + (0.65 * 0.65) + 0.04) / 4, result.Brier, 6);
        Assert.Equal((0.1 + 0.4 + 0.65 + 0.2) / 4, result.CalibrationError, 6);
    }

    [Fact]
    public void Rows_of_one_probability_are_one_step()
    {
        EvaluationResult result = Evaluate([0.5f, 0.5f, 0.5f, 0.5f], [1, 0, 1, 0], 0.5);

        Assert.Equal((0.5, 0.5), (result.RocAuc, result.PrAuc));
        Assert.Equal(new Confusion(0.5, 2, 2, 0, 0), result.AtThreshold);
    }

    [Fact]
    public void A_perfect_order_and_the_opposite()
    {
        Assert.Equal((1, 1), (Evaluate([0.1f, 0.2f, 0.9f], [0, 0, 1], 0.5).RocAuc, Evaluate([0.1f, 0.2f, 0.9f], [0, 0, 1], 0.5).PrAuc));
        Assert.Equal(0, Evaluate([0.9f, 0.8f, 0.1f], [0, 0, 1], 0.5).RocAuc);
    }

    [Fact]
    public void One_class_alone_has_no_curve()
    {
        EvaluationResult negative = Evaluate([0.1f, 0.2f], [0, 0], 0.5), none = Evaluate([], [], 0.5);

        Assert.True(double.IsNaN(negative.RocAuc) && double.IsNaN(negative.PrAuc) && double.IsNaN(none.LogLoss) && double.IsNaN(none.RocAuc));
        Assert.Equal((0, 0, 0, 1), (negative.AtThreshold.Precision, negative.AtThreshold.Recall, negative.AtThreshold.F1, negative.AtThreshold.Accuracy));
        Assert.Equal(1, Evaluate([0.1f, 0.2f], [1, 1], 0.5).PrAuc);
    }

    [Fact]
    public void Certainty_that_is_wrong_costs_much_and_not_infinitely_much()
    {
        Assert.Equal(-Math.Log(1e-7), Evaluate([0, 1], [1, 0], 0.5).LogLoss, 6);
        Assert.Equal(1, Evaluate([0, 1], [1, 0], 0.5).Brier);
    }

    [Fact]
    public void Probabilities_fall_into_tenths()
    {
        EvaluationResult result = Evaluate([0, 0.05f, 0.1f, 0.95f, 1], [0, 1, 0, 1, 1], 0.5);

        Assert.Equal([2, 1, 0, 0, 0, 0, 0, 0, 0, 2], result.Calibration.Select(b => b.Rows));
        Assert.Equal((0.5, 1), (result.Calibration[0].ShareOfPositives, result.Calibration[9].ShareOfPositives));
        Assert.Equal(0.975, result.Calibration[9].MeanProbability, 6);
        Assert.True(double.IsNaN(result.Calibration[4].MeanProbability));
    }

    [Fact]
    public void Without_a_threshold_the_best_one_is_taken()
    {
        EvaluationResult result = Evaluate([0.1f, 0.4f, 0.35f, 0.8f], [0, 0, 1, 1], null);

        Assert.Equal(result.AtBestF1, result.AtThreshold);
    }

    [Fact]
    public void A_probability_that_is_no_number_is_refused() => Assert.Throws<ArgumentException>(() => Evaluate([float.NaN], [1], 0.5));

    [Theory]
    [InlineData(1, 200, 0.3, 1000)]
    [InlineData(2, 300, 0.05, 7)]
    [InlineData(3, 257, 0.9, 50)]
    public void Curves_agree_with_a_count_of_all_pairs(int seed, int rows, double share, int distinct)
    {
        var random = new Random(seed);
        float[] labels = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble() < share ? 1f : 0)];
        float[] scores = [.. labels.Select(l => random.Next(distinct) / (float)distinct * (l > 0 ? 1 : 0.8f))];

        EvaluationResult result = Evaluate(scores, labels, 0.3);

        Assert.Equal(AucOfPairs(scores, labels), result.RocAuc, 10);
        Assert.Equal(AveragePrecision(scores, labels), result.PrAuc, 10);
        Assert.Equal(scores.Distinct().Max(t => ConfusionAt(scores, labels, t).F1), result.AtBestF1.F1, 12);
        Assert.Equal(ConfusionAt(scores, labels, 0.3), result.AtThreshold);
    }

    private static EvaluationResult Evaluate(float[] scores, float[] labels, double? threshold)
    {
        var evaluator = new Evaluator();
        // In pieces, as a table comes.
        for (int i = 0; i < scores.Length; i += 100)
            evaluator.Add(scores.AsSpan(i..Math.Min(i + 100, scores.Length)), labels.AsSpan(i..Math.Min(i + 100, scores.Length)));
        return evaluator.Finish(threshold);
    }

    private static double AucOfPairs(float[] scores, float[] labels)
    {
        double won = 0, pairs = 0;
        for (int p = 0; p < scores.Length; p++)
            for (int n = 0; n < scores.Length; n++)
            {
                if (labels[p] != 1 || labels[n] != 0)
                    continue;
                pairs++;
                won += scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0;
            }
        return won / pairs;
    }

    private static double AveragePrecision(float[] scores, float[] labels)
    {
        double average = 0, recall = 0;
        foreach (float threshold in scores.Distinct().OrderDescending())
        {
            Confusion here = ConfusionAt(scores, labels, threshold);
            average += (here.Recall - recall) * here.Precision;
            recall = here.Recall;
        }
        return average;
    }

    private static Confusion ConfusionAt(float[] scores, float[] labels, double threshold)
    {
        long Count(bool positive, float label) => scores.Zip(labels).Count(r => r.First >= threshold == positive && r.Second == label);
        return new Confusion(threshold, Count(true, 1), Count(true, 0), Count(false, 1), Count(false, 0));
    }
}
