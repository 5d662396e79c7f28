using DataVersion.Trainer.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Trainer.Training;

/// <summary>
/// Runs steps. The state lies on the device twice, and each step reads one copy and writes the other (ping-pong), so that nothing is allocated and nothing comes back to
/// this process; what goes to the device in a step is a handful of numbers, and the masks of a dropout.
/// </summary>
internal sealed class StepRunner : IDisposable
{
    private readonly Accelerator _device;
    private readonly TrainingOptions _options;
    private readonly Network _network;
    private readonly TrainingGraphs _graphs;
    private readonly InferenceSession _session;
    private readonly RowFeeder _feeder;
    private readonly RunOptions _run = new();
    private readonly OrtIoBinding[] _bindings = new OrtIoBinding[2];
    private readonly OrtValue[][] _states = new OrtValue[2][];
    private readonly float[] _schedule = new float[TrainingGraphs.ScheduleLength];
    private readonly long[] _start = new long[1], _end = new long[1];
    private readonly OrtValue _scheduleValue, _startValue, _endValue;
    private readonly byte[][] _masks;
    private OrtValue[] _maskValues = [];
    private RowChunk? _chunk;
    private int _maskRows;
    private int _turn;

    internal StepRunner(Accelerator device, Network network, TrainingGraphs graphs, TrainingOptions options, WeightState state)
    {
        _device = device;
        _network = network;
        _graphs = graphs;
        _options = options;
        _session = device.Open(graphs.Step());
        _feeder = new RowFeeder(device, graphs, options.BatchSize);
        for (int side = 0; side < 2; side++)
        {
            _states[side] = [.. graphs.States.Select(s => Place(state.Copy(), s))];
            _bindings[side] = _session.CreateIoBinding();
        }
        for (int side = 0; side < 2; side++)
            foreach ((int i, string name) in graphs.States.Index())
            {
                _bindings[side].BindInput(name, _states[side][i]);
                _bindings[side].BindOutput(GraphNames.Next(name), _states[side ^ 1][i]);
            }
        _scheduleValue = Accelerator.Here(_schedule.AsMemory(), TrainingGraphs.ScheduleLength);
        _startValue = Accelerator.Here(_start.AsMemory(), 1);
        _endValue = Accelerator.Here(_end.AsMemory(), 1);
        _masks = options.Dropout == 0 ? [] : [.. network.Hidden.Select(width => new byte[options.BatchSize * width])];
        BindSmall(_bindings[0]);
        BindSmall(_bindings[1]);
    }

    /// <summary>Sets the rows that the next steps are taken from, and their order; neither is to be changed until the next ones are set.</summary>
    internal void Use(RowBlock block, long[] order)
    {
        _chunk = null;
        _feeder.Use(block, order);
    }

    /// <summary>One step over rows <c>[start .. end)</c> of the order, a batch or what is left of one.</summary>
    /// <param name="step">Its number, from 0 over all epochs.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="start">The first row.</param>
    /// <param name="end">Behind the last row.</param>
    internal void Run(long step, double rate, int start, int end)
    {
        OrtIoBinding binding = _bindings[_turn];
        RowChunk chunk = _feeder.At(start);
        if (chunk != _chunk)
            Bind(chunk);
        _start[0] = start - chunk.Start;
        _end[0] = end - chunk.Start;
        TrainingGraphs.Fill(_schedule, rate, step, end - start);
        if (_masks.Length > 0)
            Draw(step, end - start);
        // A device has copied what it was given; memory of this process is read where it lies.
        if (_device.IsCuda)
            BindSmall(binding);
        _session.RunWithBinding(_run, binding);
        _turn ^= 1;
    }

    /// <summary>The sum of all rows' losses since the first step. Waits for the device.</summary>
    internal double LossSum() => _device.Fetch<double>(_states[_turn][^1], ElementType.Double)[0];

    /// <summary>The parameters. Waits for the device.</summary>
    internal float[] Parameters() => _device.Fetch<float>(_states[_turn][0], ElementType.Float);

    /// <summary>The parameters where they lie, until the next step.</summary>
    internal OrtValue ParametersOnDevice => _states[_turn][0];

    /// <summary>All that a later run needs. Waits for the device.</summary>
    internal WeightState Save() => new(
        Parameters(),
        _device.Fetch<float>(_states[_turn][1], ElementType.Float),
        _options.Optimizer == Optimizer.Adam ? _device.Fetch<float>(_states[_turn][2], ElementType.Float) : [],
        LossSum());

    public void Dispose()
    {
        foreach (OrtIoBinding binding in _bindings)
            binding.Dispose();
        foreach (OrtValue value in _states.SelectMany(s => s).Concat(_maskValues).Append(_scheduleValue).Append(_startValue).Append(_endValue))
            value.Dispose();
        _feeder.Dispose();
        _session.Dispose();
        _run.Dispose();
    }

    private OrtValue Place(WeightState state, string name) => name switch
    {
        GraphNames.Parameters => _device.Place(state.Parameters.AsMemory(), ElementType.Float, state.Parameters.Length),
        GraphNames.Moment1 => _device.Place(state.Moment1.AsMemory(), ElementType.Float, state.Moment1.Length),
        GraphNames.Moment2 => _device.Place(state.Moment2.AsMemory(), ElementType.Float, state.Moment2.Length),
        _ => _device.Place(new[] { state.LossSum }.AsMemory(), ElementType.Double),
    };

    private void Bind(RowChunk chunk)
    {
        _chunk = chunk;
        foreach (OrtIoBinding binding in _bindings)
        {
            if (chunk.Numbers is not null)
                binding.BindInput(GraphNames.Numbers, chunk.Numbers);
            if (chunk.Codes is not null)
                binding.BindInput(GraphNames.Codes, chunk.Codes);
            binding.BindInput(GraphNames.Labels, chunk.Labels);
        }
    }

    private void BindSmall(OrtIoBinding binding)
    {
        binding.BindInput(GraphNames.Schedule, _scheduleValue);
        binding.BindInput(GraphNames.Start, _startValue);
        binding.BindInput(GraphNames.End, _endValue);
        foreach ((int layer, OrtValue mask) in _maskValues.Index())
            binding.BindInput(GraphNames.Mask(layer), mask);
    }

    private void Draw(long step, int rows)
    {
        for (int layer = 0; layer < _masks.Length; layer++)
            new SeededRandom(_options.Seed, RandomUse.Dropout, step, layer).Mask(_masks[layer].AsSpan(0, rows * _network.Hidden[layer]), _graphs.Keep);
        if (rows == _maskRows)
            return;
        // The last step of a pass has fewer rows.
        OrtValue[] old = _maskValues;
        _maskValues = [.. _masks.Select((mask, layer) => Accelerator.Here(mask.AsMemory(0, rows * _network.Hidden[layer]), rows, _network.Hidden[layer]))];
        _maskRows = rows;
        BindSmall(_bindings[0]);
        BindSmall(_bindings[1]);
        foreach (OrtValue value in old)
            value.Dispose();
    }
}

/// <summary>What a step changes.</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="Moment1">Adam's first moments, or the momentum.</param>
/// <param name="Moment2">Adam's second moments; empty without Adam.</param>
/// <param name="LossSum">The sum of all rows' losses since the first step.</param>
internal sealed record WeightState(float[] Parameters, float[] Moment1, float[] Moment2, double LossSum)
{
    /// <summary>The state before the first step.</summary>
    internal static WeightState Begin(float[] parameters, Optimizer optimizer) =>
        new(parameters, new float[parameters.Length], optimizer == Optimizer.Adam ? new float[parameters.Length] : [], 0);

    internal WeightState Copy() => new([.. Parameters], [.. Moment1], [.. Moment2], LossSum);
}
