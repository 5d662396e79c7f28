using System.Security.Cryptography;
using System.Text;
using DataVersion.Platform;
using DataVersion.Tracking.Charts;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Training;

namespace DataVersion.Trainer.Output;

/// <summary>
/// What a training leaves behind: the model, its signature, its metrics, and its curves. Nothing in it tells when or how fast it was made: the same training gives the
/// same files, and <c>dv reproduce</c> can call them identical. Speed is told on the way, to <c>$DV_METRICS</c>.
/// </summary>
internal static class ModelFolder
{
    /// <summary>All metrics.</summary>
    internal const string MetricsFileName = "metrics.json";

    /// <summary>The learning curves.</summary>
    internal const string CurvesFileName = "curves.svg";

    /// <summary>Writes the files, the signature last: it names the model's hash.</summary>
    /// <param name="directory">Where; made if it is not there.</param>
    /// <param name="model">The model.</param>
    /// <param name="facts">What it was trained with.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="FileAccessException">A file cannot be written.</exception>
    internal static ModelSignature Write(string directory, TrainedModel model, ModelFacts facts)
    {
        (byte[] bytes, string output) = InferenceModel.Build(model.Network, model.Parameters, facts.Target);
        var signature = new ModelSignature
        {
            Schema = model.Network.Layout.Times > 0 ? ModelSignature.TimesSchema : ModelSignature.CurrentSchema,
            ModelSha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Target = facts.Target,
            Inputs = model.Network.Layout.Inputs,
            Output = output,
            Threshold = model.Evaluation.AtThreshold.Threshold,
            Metrics = MetricsDocument.Named(model.Evaluation),
        };
        AtomicFile.Write(Path.Combine(directory, ModelSignature.ModelFileName), bytes);
        AtomicFile.Write(Path.Combine(directory, MetricsFileName), MetricsDocument.Write(model, facts));
        AtomicFile.Write(Path.Combine(directory, CurvesFileName), Encoding.UTF8.GetBytes(Curves(model.State)));
        AtomicFile.Write(Path.Combine(directory, ModelSignature.FileName), signature.ToBytes());
        return signature;
    }

    private static string Curves(TrainingState state)
    {
        ChartSeries Series(string name, Func<EpochResult, double> value) => new(name, [.. state.History.Select(e => ((double)e.Epoch, value(e)))]);
        return ChartSvg.Write(
            [
                new Chart("Loss", "epoch", "", [Series("training", e => e.TrainLoss), Series("validation", e => e.ValidationLoss)]),
                new Chart("Area under the ROC curve", "epoch", "", [Series("validation", e => e.ValidationAuc)]),
            ],
            ChartSize.Usual);
    }
}

/// <summary>What a model was trained with.</summary>
/// <param name="Target">The column that was learnt.</param>
/// <param name="Provider">Where: <c>CUDA</c> or <c>CPU</c>.</param>
/// <param name="TrainingRows">Rows that it learnt from.</param>
/// <param name="Options">How.</param>
internal sealed record ModelFacts(string Target, string Provider, long TrainingRows, TrainingOptions Options);
