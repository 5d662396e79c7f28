namespace DataVersion.Trainer.Training;

/// <summary>Where a training stands: with the options and the data, all that is needed to go on as if it had never stopped.</summary>
internal sealed record TrainingState
{
    internal required WeightState Weights { get; init; }

    /// <summary>Epochs that are over, with their validation.</summary>
    internal required IReadOnlyList<EpochResult> History { get; init; }

    /// <summary>Steps of the epoch that is under way.</summary>
    internal long StepInEpoch { get; init; }

    /// <summary><see cref="WeightState.LossSum"/> when this epoch began.</summary>
    internal double LossSumAtEpoch { get; init; }

    /// <summary>The parameters of the best epoch; empty before the first one is over.</summary>
    internal float[] Best { get; init; } = [];

    /// <summary>The best epoch, from 1 on; 0 before the first one is over.</summary>
    internal int BestEpoch { get; init; }

    /// <summary>The best epoch's facts.</summary>
    internal EpochResult? BestResult => BestEpoch == 0 ? null : History[BestEpoch - 1];

    internal static TrainingState Begin(float[] parameters, Optimizer optimizer) => new() { Weights = WeightState.Begin(parameters, optimizer), History = [] };

    /// <summary>True where no epoch is to follow.</summary>
    internal bool IsOver(TrainingOptions options) =>
        History.Count >= options.Epochs || (options.Patience > 0 && History.Count - BestEpoch >= options.Patience);
}
