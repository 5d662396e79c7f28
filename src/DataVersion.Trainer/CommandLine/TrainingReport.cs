using System.Globalization;
using DataVersion.Trainer.Output;
using DataVersion.Trainer.Training;

namespace DataVersion.Trainer.CommandLine;

/// <summary>Tells how a training goes: a line for each epoch, and metrics for <c>dv run</c>.</summary>
internal sealed class TrainingReport(TextWriter output, MetricsLines metrics, int epochs) : ITrainingMonitor
{
    public void OnResume(int epochs, long steps) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"checkpoint  goes on after epoch {epochs}{(steps > 0 ? $" and {steps} steps" : "")}"));

    public void OnLoss(long step, double loss) => metrics.Append(step, [new("step_loss", loss)]);

    public void OnEpoch(EpochResult result, bool isBest, double rowsPerSecond)
    {
        string line = string.Create(CultureInfo.InvariantCulture,
            $"epoch {result.Epoch}/{epochs}  loss {result.TrainLoss:F5}  validation {result.ValidationLoss:F5}  auc {result.ValidationAuc:F5}  {rowsPerSecond:N0} rows/s");
        output.WriteLine(isBest ? $"{line}  best" : line);
        output.Flush();
        metrics.Append(result.Epoch,
        [
            new("train_loss", result.TrainLoss), new("validation_loss", result.ValidationLoss), new("validation_auc", result.ValidationAuc),
            new("learning_rate", result.LearningRate), new("rows_per_second", rowsPerSecond),
        ]);
    }
}
