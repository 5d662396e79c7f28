namespace DataVersion.Trainer.Training;

/// <summary>How a step changes the weights.</summary>
internal enum Optimizer
{
    /// <summary>Adam with bias correction (Kingma and Ba, 2015).</summary>
    Adam,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
}

/// <summary>How the learning rate goes on.</summary>
internal enum Schedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls to zero along half a cosine.</summary>
    Cosine,

    /// <summary>It falls to a tenth after half of all steps, and once more after three quarters.</summary>
    Step,
}

/// <summary>Everything that decides how a model is trained, but for the data. The same options and data give the same model.</summary>
internal sealed record TrainingOptions
{
    internal int Epochs { get; init; } = 20;

    internal int BatchSize { get; init; } = 512;

    internal double LearningRate { get; init; } = 0.001;

    internal Optimizer Optimizer { get; init; } = Optimizer.Adam;

    /// <summary>Of SGD.</summary>
    internal double Momentum { get; init; } = 0.9;

    internal Schedule Schedule { get; init; } = Schedule.Constant;

    /// <summary>Epochs over which the learning rate rises from zero.</summary>
    internal double WarmUp { get; init; }

    /// <summary>Factor of half the sum of squares of all weights but biases and embeddings.</summary>
    internal double L2 { get; init; }

    /// <summary>The widths of the hidden layers.</summary>
    internal IReadOnlyList<int> Hidden { get; init; } = [64, 32];

    /// <summary>Share of each hidden layer that is left out of a step, from 0 to below 1.</summary>
    internal double Dropout { get; init; }

    /// <summary>How much a positive row weighs against a negative one; null to let both classes weigh the same in all.</summary>
    internal double? ClassWeight { get; init; } = 1;

    /// <summary>Epochs without a better validation before the training ends early; 0 never to.</summary>
    internal int Patience { get; init; } = 5;

    internal int Seed { get; init; }

    /// <summary>Threads of one operator. More than one may change the last bits of a model.</summary>
    internal int Threads { get; init; } = 1;

    /// <summary>Bytes of data that are kept on the device; where there are more, blocks of rows are read again in each epoch.</summary>
    internal long Memory { get; init; } = 256L << 20;

    /// <summary>Steps after which the loss is looked at; the device is waited for then.</summary>
    internal int LossEvery { get; init; } = 1000;
}
