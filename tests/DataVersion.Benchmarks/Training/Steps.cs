using System.Diagnostics;
using DataVersion.Trainer.Training;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace DataVersion.Benchmarks.Training;

/// <summary>Steps of a training, one after the other, over batches of a block.</summary>
internal abstract class Steps(TrainingData data, int batch) : IDisposable
{
    private long _step;

    protected TrainingData Data => data;

    /// <summary>Runs some steps to their end, and returns the rows of a second.</summary>
    internal double Run(int steps)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
        {
            int start = (int)(_step * batch % (data.Block.Rows / batch * batch));
            if (start == 0)
                Begin();
            Step(_step++, start, start + batch);
        }
        Finish();
        return steps * (double)batch / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>As many steps as take about so long, found out by running some.</summary>
    internal int StepsFor(double seconds)
    {
        Run(3);
        int steps = 4;
        while (true)
        {
            double took = steps * (double)batch / Run(steps);
            if (took > seconds / 4)
                return (int)Math.Clamp(seconds / took * steps, 2, 100_000);
            steps *= 2;
        }
    }

    public abstract void Dispose();

    /// <summary>A pass over the block begins.</summary>
    protected virtual void Begin()
    {
    }

    protected abstract void Step(long step, int start, int end);

    /// <summary>Waits for the device.</summary>
    protected abstract void Finish();
}

/// <summary>As the trainer does it: the weights and the rows lie on the device, bound once.</summary>
internal sealed class BoundSteps : Steps
{
    private readonly StepRunner _runner;

    internal BoundSteps(TrainingData data, Accelerator device, Network network, TrainingOptions options)
        : base(data, options.BatchSize)
    {
        _runner = new StepRunner(device, network, new TrainingGraphs(network, options, 1, 1), options, WeightState.Begin(network.Begin(1, 0.02), options.Optimizer));
    }

    public override void Dispose() => _runner.Dispose();

    // With what the first chunk of a pass takes: nothing is brought together before it.
    protected override void Begin() => _runner.Use(Data.Block, Data.Order);

    protected override void Step(long step, int start, int end) => _runner.Run(step, 0.001, start, end);

    protected override void Finish() => _runner.LossSum();
}

/// <summary>
/// The same graph as tutorials run one (<c>InferenceSession.Run</c> over tensors of this process): the batch is put together as arrays, weights and moments go in and come out as arrays.
/// </summary>
internal sealed class PlainSteps : Steps
{
    private readonly InferenceSession _session;
    private readonly Network _network;
    private float[] _parameters, _moment1, _moment2;
    private double _lossSum;

    internal PlainSteps(TrainingData data, Accelerator device, Network network, TrainingOptions options)
        : base(data, options.BatchSize)
    {
        _network = network;
        _session = device.Open(new TrainingGraphs(network, options, 1, 1).Step());
        (_parameters, _moment1, _moment2, _) = WeightState.Begin(network.Begin(1, 0.02), Optimizer.Adam);
    }

    public override void Dispose() => _session.Dispose();

    protected override void Step(long step, int start, int end)
    {
        int rows = end - start;
        ReadOnlySpan<long> taken = Data.Order.AsSpan(start, rows);
        var schedule = new float[TrainingGraphs.ScheduleLength];
        TrainingGraphs.Fill(schedule, 0.001, step, rows);
        List<NamedOnnxValue> inputs =
        [
            Tensor(GraphNames.Parameters, _parameters, _parameters.Length),
            Tensor(GraphNames.Moment1, _moment1, _moment1.Length),
            Tensor(GraphNames.Moment2, _moment2, _moment2.Length),
            Tensor(GraphNames.LossSum, new[] { _lossSum }),
            Tensor(GraphNames.Schedule, schedule, schedule.Length),
            Take<float>(GraphNames.Numbers, Data.Block.Numbers!, _network.Layout.NumberFeatures, taken),
            Take<int>(GraphNames.Codes, Data.Block.Codes!, _network.Layout.Categories, taken),
            Take<float>(GraphNames.Labels, Data.Block.Labels, 1, taken),
            Tensor(GraphNames.Start, new long[] { 0 }, 1),
            Tensor(GraphNames.End, new long[] { rows }, 1),
        ];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = _session.Run(inputs);
        _parameters = results[0].AsTensor<float>().ToArray();
        _moment1 = results[1].AsTensor<float>().ToArray();
        _moment2 = results[2].AsTensor<float>().ToArray();
        _lossSum = results[3].AsTensor<double>().ToArray()[0];
    }

    protected override void Finish()
    {
        // Each step has brought its results here.
    }

    private static NamedOnnxValue Tensor<T>(string name, T[] data, params int[] shape) => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(data, shape));

    private static NamedOnnxValue Take<T>(string name, OrtValue all, int width, ReadOnlySpan<long> rows) where T : unmanaged
    {
        ReadOnlySpan<T> from = all.GetTensorDataAsSpan<T>();
        var batch = new T[rows.Length * width];
        for (int i = 0; i < rows.Length; i++)
            from.Slice((int)rows[i] * width, width).CopyTo(batch.AsSpan(i * width));
        return Tensor(name, batch, rows.Length, width);
    }
}
