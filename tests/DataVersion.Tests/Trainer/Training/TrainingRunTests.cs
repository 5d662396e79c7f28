using DataVersion.Trainer.Data;
using DataVersion.Trainer.Evaluation;
using DataVersion.Trainer.Output;
using DataVersion.Trainer.Training;
using Xunit;

namespace DataVersion.Tests.Trainer.Training;

public sealed class TrainingRunTests : IDisposable
{
    private static readonly TrainingOptions Quick = new() { Epochs = 3, BatchSize = 64, Hidden = [8], Seed = 1, LearningRate = 0.01 };

    private readonly SampleTable _training = SampleTable.Create(3000, 1);
    private readonly SampleTable _validation;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dv-train-test");

    public TrainingRunTests() => _validation = SampleTable.Create(1000, 2).DescribedAs(_training);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_network_learns_what_is_in_the_data()
    {
        TrainedModel model = await TrainAsync(Quick with { Epochs = 15, Patience = 0 });

        Assert.InRange(model.Evaluation.RocAuc, BestAuc() - 0.02, 1);
        Assert.True(model.State.History[^1].TrainLoss < model.State.History[0].TrainLoss * 0.9);
        Assert.Equal(model.State.History.Max(e => e.ValidationAuc), model.State.BestResult!.ValidationAuc);
        Assert.Equal(model.State.BestResult.ValidationAuc, model.Evaluation.RocAuc, 12);
        Assert.Equal(model.State.BestResult.ValidationLoss, model.Evaluation.LogLoss, 12);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        TrainingOptions options = Quick with { Dropout = 0.2 };
        byte[] first = Bytes(await TrainAsync(options));

        Assert.Equal(first, Bytes(await TrainAsync(options)));
        Assert.NotEqual(first, Bytes(await TrainAsync(options with { Seed = 2 })));
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("dropout")]
    [InlineData("linear")]
    [InlineData("balanced")]
    public async Task All_ways_to_train_get_better(string way)
    {
        TrainingOptions options = way switch
        {
            "sgd" => Quick with { Optimizer = Optimizer.Sgd, Schedule = Schedule.Cosine, WarmUp = 0.5 },
            "dropout" => Quick with { Dropout = 0.3, L2 = 1e-4 },
            "linear" => Quick with { Hidden = [] },
            _ => Quick with { ClassWeight = null, Schedule = Schedule.Step },
        };

        TrainedModel model = await TrainAsync(options with { Epochs = 8 });

        Assert.InRange(model.Evaluation.RocAuc, BestAuc() - 0.05, 1);
        Assert.True(model.State.History[^1].TrainLoss < model.State.History[0].TrainLoss);
    }

    [Fact]
    public async Task Classes_that_weigh_the_same_are_found_more_often()
    {
        TrainedModel plain = await TrainAsync(Quick), balanced = await TrainAsync(Quick with { ClassWeight = null });

        Assert.True(balanced.Evaluation.AtThreshold.Recall > plain.Evaluation.AtThreshold.Recall + 0.1);
    }

    /// <summary>The way of a GPU, on which tensors lie elsewhere and are moved by graphs, gives what the short way gives.</summary>
    [Fact]
    public async Task Tensors_that_lie_apart_train_the_same_model()
    {
        using Accelerator apart = Accelerator.CpuApart();

        Assert.Equal(Bytes(await TrainAsync(Quick)), Bytes(await TrainAsync(Quick, apart)));
    }

    [Fact]
    public async Task A_table_that_does_not_fit_in_memory_is_trained_on_in_blocks()
    {
        // 3,000 rows of 48 bytes in blocks of at most 40 KB.
        TrainedModel model = await TrainAsync(Quick with { Memory = 160 << 10, Epochs = 8 });

        Assert.InRange(model.Evaluation.RocAuc, BestAuc() - 0.03, 1);
        Assert.Equal(1000, model.Evaluation.Rows);
        Assert.Equal(Bytes(model), Bytes(await TrainAsync(Quick with { Memory = 160 << 10, Epochs = 8 })));
    }

    [Fact]
    public async Task What_gets_no_better_ends_early()
    {
        TrainedModel model = await TrainAsync(Quick with { Epochs = 60, Patience = 2, LearningRate = 0.05 });

        Assert.InRange(model.State.History.Count, 3, 59);
        Assert.Equal(model.State.History.Count - 2, model.State.BestEpoch);
    }

    [Theory]
    [InlineData(256L << 20)]
    [InlineData(160L << 10)]
    public async Task A_training_that_was_stopped_goes_on_as_if_it_had_not_been(long memory)
    {
        TrainingOptions options = Quick with { Memory = memory, Dropout = 0.1, Patience = 0, Schedule = Schedule.Cosine, LossEvery = 10 };
        byte[] whole = Bytes(await TrainAsync(options));
        string file = Path.Combine(_folder.FullName, "state");
        using var stop = new CancellationTokenSource();
        // In the middle of the second epoch, which has 47 steps.
        var monitor = new Monitor { OnStep = step => { if (step == 70) stop.Cancel(); } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TrainAsync(options, null, monitor, file, stop.Token));
        var second = new Monitor();
        TrainedModel model = await TrainAsync(options, null, second, file);

        Assert.Equal((1, 70 - 47), second.Resumed);
        Assert.Equal([2, 3], second.Epochs.Select(e => e.Epoch));
        Assert.Equal(whole, Bytes(model));
        Assert.Equal(3, model.State.History.Count);
    }

    [Fact]
    public async Task A_training_that_was_stopped_while_it_was_checked_goes_on_with_that()
    {
        byte[] whole = Bytes(await TrainAsync(Quick));
        string file = Path.Combine(_folder.FullName, "state");
        using var stop = new CancellationTokenSource();
        // The validation rows are read for the first time when the first epoch's steps are done.
        _validation.BeforeBatch = _ => stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TrainAsync(Quick, null, new Monitor(), file, stop.Token));
        _validation.BeforeBatch = _ => { };
        var second = new Monitor();

        Assert.Equal(whole, Bytes(await TrainAsync(Quick, null, second, file)));
        Assert.Equal((0, 47), second.Resumed);
    }

    [Fact]
    public async Task A_training_that_was_over_is_not_done_again()
    {
        string file = Path.Combine(_folder.FullName, "state");
        byte[] first = Bytes(await TrainAsync(Quick, null, new Monitor(), file));
        var monitor = new Monitor();

        Assert.Equal(first, Bytes(await TrainAsync(Quick, null, monitor, file)));
        Assert.Empty(monitor.Epochs);
    }

    [Fact]
    public async Task A_checkpoint_of_other_options_is_refused()
    {
        string file = Path.Combine(_folder.FullName, "state");
        await TrainAsync(Quick, null, new Monitor(), file);

        await Assert.ThrowsAsync<UsageException>(() => TrainAsync(Quick with { LearningRate = 0.02 }, null, new Monitor(), file));
    }

    [Fact]
    public async Task A_rate_that_is_far_too_high_is_an_error_and_no_model()
    {
        TrainingOptions options = Quick with { Optimizer = Optimizer.Sgd, LearningRate = 1e30 };

        await Assert.ThrowsAsync<TrainingFailedException>(() => TrainAsync(options));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Rows_of_one_class_teach_nothing(float label)
    {
        float[] labels = [.. Enumerable.Repeat(label, 3000)];

        await Assert.ThrowsAsync<InvalidFormatException>(() => TrainAsync(Quick, _training.WithLabels(labels)));
    }

    [Theory]
    [InlineData(2999)]
    [InlineData(3001)]
    public async Task A_table_of_another_length_than_it_says_is_refused(long rows) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => TrainAsync(Quick, _training.Claiming(rows)));

    [Fact]
    public async Task A_label_that_is_neither_0_nor_1_is_refused()
    {
        float[] labels = [.. _training.Labels];
        labels[17] = 0.5f;

        await Assert.ThrowsAsync<InvalidDataException>(() => TrainAsync(Quick, _training.WithLabels(labels)));
    }

    [Fact]
    public void Weights_of_classes_are_one_in_the_mean()
    {
        Assert.Equal((1, 1), TrainingRun.Weights(1, 20, 100));
        Assert.Equal((2.5, 0.625), TrainingRun.Weights(null, 20, 100));
        (double positive, double negative) = TrainingRun.Weights(3, 20, 100);
        Assert.Equal((3, 1), (positive / negative, ((positive * 20) + (negative * 80)) / 100));
    }

    private Task<TrainedModel> TrainAsync(TrainingOptions options, Accelerator? device = null, ITrainingMonitor? monitor = null, string? checkpoint = null, CancellationToken? stop = null) =>
        TrainAsync(options, _training, device, monitor, checkpoint, stop);

    private Task<TrainedModel> TrainAsync(TrainingOptions options, ITable training) => TrainAsync(options, training, null, null, null, null);

    private async Task<TrainedModel> TrainAsync(TrainingOptions options, ITable training, Accelerator? device, ITrainingMonitor? monitor, string? checkpoint, CancellationToken? stop)
    {
        using Accelerator cpu = Accelerator.Cpu(1);
        var inputs = new TrainingInputs(training, _validation, device ?? cpu, monitor ?? new Monitor(), checkpoint);
        return await TrainingRun.RunAsync(inputs, options, 0.5, stop ?? TestContext.Current.CancellationToken);
    }

    /// <summary>What the log odds come to that the labels were drawn with.</summary>
    private double BestAuc()
    {
        var evaluator = new Evaluator();
        evaluator.AddLogits(_validation.TrueScores, _validation.Labels);
        return evaluator.RocAuc();
    }

    private static byte[] Bytes(TrainedModel model) => InferenceModel.Build(model.Network, model.Parameters, "fraud").Bytes;

    private sealed class Monitor : ITrainingMonitor
    {
        internal Action<long> OnStep { get; init; } = _ => { };

        internal List<EpochResult> Epochs { get; } = [];

        internal (int, long) Resumed { get; private set; }

        public void OnResume(int epochs, long steps) => Resumed = (epochs, steps);

        public void OnLoss(long step, double loss) => OnStep(step);

        public void OnEpoch(EpochResult result, bool isBest, double rowsPerSecond) => Epochs.Add(result);
    }
}
