using System.Diagnostics;
using DataVersion.Trainer.Evaluation;

namespace DataVersion.Trainer.Training;

/// <summary>Trains a network: epochs of steps over shuffled rows, a validation after each, the best weights kept, an early end where nothing gets better.</summary>
internal sealed class TrainingLoop(TrainingOptions options, StepRunner runner, Predictor predictor, TableBlocks training, TableBlocks validation, ITrainingMonitor monitor)
{
    private readonly long _stepsPerEpoch = (training.Rows + options.BatchSize - 1) / options.BatchSize;
    private readonly Stopwatch _watch = new();
    private TrainingState _state = null!;
    private double _lossSum;
    private long _lossRows;
    private long[] _order = [];

    /// <summary>Trains to the end.</summary>
    /// <param name="from">Where to begin; the runner has its weights.</param>
    /// <param name="keep">Called with the state after each epoch, and once more where the training is stopped.</param>
    /// <param name="cancellationToken">Stops it, between two steps.</param>
    /// <returns>The state after the last epoch.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="TrainingFailedException">The loss is no number any more.</exception>
    internal async Task<TrainingState> RunAsync(TrainingState from, Action<TrainingState> keep, CancellationToken cancellationToken)
    {
        _state = from;
        try
        {
            while (!_state.IsOver(options))
            {
                await EpochAsync(cancellationToken);
                keep(_state);
            }
            return _state;
        }
        catch (OperationCanceledException)
        {
            keep(_state with { Weights = runner.Save() });
            throw;
        }
    }

    private async Task EpochAsync(CancellationToken cancellationToken)
    {
        int epoch = _state.History.Count;
        var rates = new LearningRate(options, _stepsPerEpoch);
        long first = epoch * _stepsPerEpoch, rowsBefore = Math.Min(_state.StepInEpoch * options.BatchSize, training.Rows);
        _lossSum = runner.LossSum();
        _lossRows = 0;
        _watch.Restart();
        await foreach (RowBlock block in training.ReadAsync(cancellationToken))
            TrainOn(block, epoch, first, rates, cancellationToken);
        double sum = runner.LossSum();
        double seconds = _watch.Elapsed.TotalSeconds;
        CheckFinite(sum);
        var evaluator = new Evaluator();
        await predictor.RunAsync(validation, runner.ParametersOnDevice, (logits, labels) => Evaluate(evaluator, logits, labels), cancellationToken);
        var result = new EpochResult(epoch + 1, (sum - _state.LossSumAtEpoch) / training.Rows, evaluator.LogLoss, evaluator.RocAuc(), rates.At(first + _stepsPerEpoch - 1));
        bool isBest = _state.BestResult is not { } best || result.Score > best.Score;
        WeightState weights = runner.Save();
        _state = _state with
        {
            Weights = weights,
            History = [.. _state.History, result],
            StepInEpoch = 0,
            LossSumAtEpoch = sum,
            Best = isBest ? weights.Parameters : _state.Best,
            BestEpoch = isBest ? epoch + 1 : _state.BestEpoch,
        };
        monitor.OnEpoch(result, isBest, (training.Rows - rowsBefore) / Math.Max(seconds, 1e-9));
    }

    private void TrainOn(RowBlock block, int epoch, long firstStep, LearningRate rates, CancellationToken cancellationToken)
    {
        long stepsBefore = (long)block.Index * training.BlockRows / options.BatchSize;
        int steps = (block.Rows + options.BatchSize - 1) / options.BatchSize;
        // What a checkpoint has behind it is read, and not trained on again.
        if (_state.StepInEpoch >= stepsBefore + steps)
            return;
        if (_order.Length < block.Rows)
            _order = new long[block.Rows];
        new SeededRandom(options.Seed, RandomUse.Order, epoch, block.Index).Shuffle(_order.AsSpan(0, block.Rows));
        runner.Use(block, _order);
        for (int i = (int)Math.Max(0, _state.StepInEpoch - stepsBefore); i < steps; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int start = i * options.BatchSize, end = Math.Min(start + options.BatchSize, block.Rows);
            long step = firstStep + stepsBefore + i;
            runner.Run(step, rates.At(step), start, end);
            _state = _state with { StepInEpoch = stepsBefore + i + 1 };
            Follow(step + 1, end - start);
        }
    }

    private void Follow(long done, int rows)
    {
        _lossRows += rows;
        if (done % options.LossEvery != 0)
            return;
        double sum = runner.LossSum();
        CheckFinite(sum);
        monitor.OnLoss(done, (sum - _lossSum) / _lossRows);
        (_lossSum, _lossRows) = (sum, 0);
    }

    private static void Evaluate(Evaluator evaluator, ReadOnlySpan<float> logits, ReadOnlySpan<float> labels)
    {
        if (logits.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            throw new TrainingFailedException();
        evaluator.AddLogits(logits, labels);
    }

    private static void CheckFinite(double loss)
    {
        if (!double.IsFinite(loss))
            throw new TrainingFailedException();
    }
}

/// <summary>The weights left the numbers.</summary>
internal sealed class TrainingFailedException()
    : DataVersionException(ErrorKind.Incomplete, "the training diverged: the loss is no number any more", "a lower learning rate (--learning-rate) may help, or a warm-up (--warm-up)");
