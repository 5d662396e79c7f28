using System.CommandLine;
using System.Globalization;
using DataVersion.Tracking.Models;
using DataVersion.Tracking.Preflight;
using DataVersion.Tracking.Runs;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Evaluation;
using DataVersion.Trainer.Output;
using DataVersion.Trainer.Training;

namespace DataVersion.Trainer.CommandLine;

/// <summary>Trains a model: what <c>dv-train</c> does without another command.</summary>
internal sealed class TrainCommand(TrainerHost host)
{
    // Below that the reader of files cannot hold the row groups of ordinary Parquet files.
    private const long LeastReaderMemory = 256L << 20;
    private const int ReaderThreads = 2;

    internal TrainSettings Settings { get; } = new();

    internal async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        TrainRequest request = Settings.Read(parse, host);
        using Accelerator device = FindDevice(request);
        using DuckTable table = await TableFactory.OpenAsync(request.Data, request.Target, TableOptionsOf(request), cancellationToken);
        using DuckTable? other = request.Validation.Count == 0 ? null
            : await TableFactory.OpenLikeAsync(request.Validation, request.Target, table.Inputs, table.LabelWords, TableOptionsOf(request), cancellationToken);
        foreach (string warning in table.Warnings)
            host.Error.WriteLine($"dv-train: warning: {warning}");
        (ITable training, ITable validation) = other is not null ? (table, other) : table.Split(request.ValidationShare, (ulong)request.Options.Seed);
        int numbers = table.Inputs.Count(i => i.Type != SignatureType.Category);
        Say("data", $"{training.Rows:N0} rows to learn from, {validation.Rows:N0} to check with; {numbers} numbers, {table.Inputs.Count - numbers} categories");
        var metrics = new MetricsLines(host.Variable("DV_METRICS"), host.Error);
        var inputs = new TrainingInputs(training, validation, device, new TrainingReport(host.Output, metrics, request.Options.Epochs), CheckpointFile());
        TrainedModel model = await TrainingRun.RunAsync(inputs, request.Options, request.Threshold, cancellationToken);
        ModelSignature signature = ModelFolder.Write(Path.GetFullPath(request.Out), model, new ModelFacts(request.Target, device.Provider, training.Rows, request.Options));
        metrics.Append(model.State.History.Count, signature.Metrics);
        Report(model, Path.Combine(request.Out, ModelSignature.ModelFileName));
        return RunExitCodes.Done;
    }

    private static TableOptions TableOptionsOf(TrainRequest request) => new()
    {
        Positive = request.Positive,
        Ignore = [.. request.Ignore],
        Categories = [.. request.Categories],
        MaxCategories = request.MaxCategories,
        Threads = Math.Max(ReaderThreads, request.Options.Threads),
        MemoryLimit = Math.Max(LeastReaderMemory, request.Options.Memory),
    };

    /// <summary>The GPU where one can be used, else the processor; says which, and why.</summary>
    private Accelerator FindDevice(TrainRequest request)
    {
        GpuReport report = GpuProbe.Run(host.Machine, host.Environment);
        Accelerator device = report.IsUsable ? Accelerator.CudaOrCpu(request.Options.Threads) : Accelerator.Cpu(request.Options.Threads);
        string? why = device.IsCuda ? null : device.Refusal ?? report.Reason;
        if (request.RequireGpu && !device.IsCuda)
        {
            device.Dispose();
            throw new RunFailedException(RunExitCodes.NoGpu, $"no GPU can be used: {why}", device.Refusal is null ? report.Hint : "see: dv doctor --gpu");
        }
        Say("provider", why is null ? device.Provider : $"{device.Provider} ({why})");
        return device;
    }

    private string? CheckpointFile() => host.Variable("DV_CHECKPOINT") is { } folder ? Path.Combine(Path.GetFullPath(folder), Checkpoint.FileName) : null;

    private void Report(TrainedModel model, string file)
    {
        EvaluationResult e = model.Evaluation;
        Confusion at = e.AtThreshold;
        Say("best epoch", $"{model.State.BestEpoch} of {model.State.History.Count}");
        Say("validation", $"roc auc {e.RocAuc:F5}, pr auc {e.PrAuc:F5}, log loss {e.LogLoss:F5}, brier {e.Brier:F5}, calibration error {e.CalibrationError:F5}");
        Say("threshold", $"{at.Threshold:G6}: f1 {at.F1:F4}, precision {at.Precision:F4}, recall {at.Recall:F4}, accuracy {at.Accuracy:F4}");
        Say("best f1", $"{e.AtBestF1.F1:F4} at {e.AtBestF1.Threshold:G6}");
        Say("confusion", $"{at.TruePositives:N0} true and {at.FalsePositives:N0} false positives, {at.FalseNegatives:N0} false and {at.TrueNegatives:N0} true negatives");
        Say("model", file);
    }

    private void Say(string label, FormattableString text) => Say(label, text.ToString(CultureInfo.InvariantCulture));

    private void Say(string label, string text)
    {
        host.Output.WriteLine($"{label,-11} {text}");
        host.Output.Flush();
    }
}
