using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Evaluation;

namespace DataVersion.Trainer.Training;

/// <summary>What a training needs beside its options.</summary>
/// <param name="Training">The rows to learn from.</param>
/// <param name="Validation">The rows to check with.</param>
/// <param name="Device">Where it runs.</param>
/// <param name="Monitor">Follows it.</param>
/// <param name="CheckpointFile">Where its state is kept; null where it is not.</param>
internal sealed record TrainingInputs(ITable Training, ITable Validation, Accelerator Device, ITrainingMonitor Monitor, string? CheckpointFile);

/// <summary>A model that was trained, with the weights of its best epoch.</summary>
internal sealed record TrainedModel(Network Network, float[] Parameters, TrainingState State, EvaluationResult Evaluation);

/// <summary>One training, from tables to a model.</summary>
internal static class TrainingRun
{
    /// <summary>Trains.</summary>
    /// <param name="inputs">Data, device and so on.</param>
    /// <param name="options">How.</param>
    /// <param name="threshold">What the model is judged at; null for the best F1.</param>
    /// <param name="cancellationToken">Stops it between two steps, after its state was kept.</param>
    /// <exception cref="UsageException">Nothing can be learnt from the data.</exception>
    /// <exception cref="InvalidFormatException">The checkpoint is not of this training.</exception>
    internal static async Task<TrainedModel> RunAsync(TrainingInputs inputs, TrainingOptions options, double? threshold, CancellationToken cancellationToken)
    {
        var network = new Network(new FeatureLayout(inputs.Training.Inputs), options.Hidden);
        byte[] prepare = new TrainingGraphs(network, options, 1, 1).Prepare();
        TableBlocks Blocks(ITable table) => new(table, network.Layout, inputs.Device, prepare, options.Memory / 2, options.BatchSize);
        using TableBlocks training = Blocks(inputs.Training), validation = Blocks(inputs.Validation);
        long positives = await CountAsync(training, cancellationToken);
        if (positives == 0 || positives == training.Rows)
            throw new InvalidFormatException("the training data", null, $"all {training.Rows} rows have the same label: there is nothing to learn", null, ErrorKind.Corrupt);
        (double positive, double negative) = Weights(options.ClassWeight, positives, training.Rows);
        byte[] fingerprint = Fingerprint(inputs, options, training.BlockRows);
        TrainingState state = Resume(inputs, fingerprint)
            ?? TrainingState.Begin(network.Begin(options.Seed, positive * positives / (negative * (training.Rows - positives))), options.Optimizer);
        var graphs = new TrainingGraphs(network, options, positive, negative);
        using var runner = new StepRunner(inputs.Device, network, graphs, options, state.Weights);
        using var predictor = new Predictor(inputs.Device, graphs);
        var loop = new TrainingLoop(options, runner, predictor, training, validation, inputs.Monitor);
        state = await loop.RunAsync(state, s => Keep(inputs.CheckpointFile, s, fingerprint), cancellationToken);
        EvaluationResult evaluation = await EvaluateAsync(inputs.Device, predictor, validation, state.Best, threshold, cancellationToken);
        return new TrainedModel(network, state.Best, state, evaluation);
    }

    /// <summary>What a row of each class weighs; over all rows the mean is 1.</summary>
    internal static (double Positive, double Negative) Weights(double? classWeight, long positives, long rows)
    {
        long negatives = rows - positives;
        if (classWeight is null)
            return (rows / (2.0 * positives), rows / (2.0 * negatives));
        double mean = ((classWeight.Value * positives) + negatives) / rows;
        return (classWeight.Value / mean, 1 / mean);
    }

    private static async Task<long> CountAsync(TableBlocks training, CancellationToken cancellationToken)
    {
        long positives = 0;
        await foreach (RowBlock block in training.ReadAsync(cancellationToken))
            positives += block.HostLabels.Count(1f);
        return positives;
    }

    private static async Task<EvaluationResult> EvaluateAsync(
        Accelerator device, Predictor predictor, TableBlocks validation, float[] parameters, double? threshold, CancellationToken cancellationToken)
    {
        var evaluator = new Evaluator();
        using Microsoft.ML.OnnxRuntime.OrtValue placed = device.Place(parameters.AsMemory(), Onnx.ElementType.Float, parameters.Length);
        await predictor.RunAsync(validation, placed, evaluator.AddLogits, cancellationToken);
        return evaluator.Finish(threshold);
    }

    private static TrainingState? Resume(TrainingInputs inputs, byte[] fingerprint)
    {
        if (inputs.CheckpointFile is not { } file || !File.Exists(file))
            return null;
        TrainingState state = Checkpoint.Read(File.ReadAllBytes(file), fingerprint, file);
        inputs.Monitor.OnResume(state.History.Count, state.StepInEpoch);
        return state;
    }

    private static void Keep(string? file, TrainingState state, byte[] fingerprint)
    {
        if (file is not null)
            Platform.AtomicFile.Write(file, Checkpoint.Write(state, fingerprint));
    }

    /// <summary>All that decides what the next step does, but for the weights.</summary>
    private static byte[] Fingerprint(TrainingInputs inputs, TrainingOptions options, int blockRows)
    {
        var columns = new ModelSignature { ModelSha256 = "", Target = "", Inputs = inputs.Training.Inputs, Threshold = 0 };
        string words = string.Create(CultureInfo.InvariantCulture, $"""
            rows {inputs.Training.Rows} {inputs.Validation.Rows} blocks {blockRows} batch {options.BatchSize} epochs {options.Epochs} patience {options.Patience}
            rate {options.LearningRate:R} {options.Schedule} {options.WarmUp:R} {options.Optimizer} {options.Momentum:R} l2 {options.L2:R}
            hidden {string.Join(',', options.Hidden)} dropout {options.Dropout:R} weight {options.ClassWeight:R} seed {options.Seed}
            """);
        return SHA256.HashData([.. columns.ToBytes(), .. Encoding.UTF8.GetBytes(words)]);
    }
}
