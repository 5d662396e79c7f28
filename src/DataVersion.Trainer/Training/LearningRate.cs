namespace DataVersion.Trainer.Training;

/// <summary>The learning rate of each step.</summary>
internal sealed class LearningRate(TrainingOptions options, long stepsPerEpoch)
{
    private readonly double _warmUp = options.WarmUp * stepsPerEpoch;
    private readonly double _all = (double)options.Epochs * stepsPerEpoch;

    /// <summary>The rate of a step, counted from 0 over all epochs.</summary>
    internal double At(long step)
    {
        if (step < _warmUp)
            return options.LearningRate * (step + 1) / (_warmUp + 1);
        double done = Math.Clamp((step - _warmUp) / Math.Max(1, _all - _warmUp), 0, 1);
        return options.LearningRate * options.Schedule switch
        {
            Schedule.Constant => 1,
            Schedule.Cosine => (1 + Math.Cos(Math.PI * done)) / 2,
            Schedule.Step => done < 0.5 ? 1 : done < 0.75 ? 0.1 : 0.01,
            _ => throw new ArgumentOutOfRangeException(nameof(step), $"there is no schedule {options.Schedule}"),
        };
    }
}
