using DataVersion.Trainer.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Trainer.Training;

/// <summary>Rows of a block, brought together in the order in which the next steps take them.</summary>
/// <param name="Start">The first one's place in the order.</param>
/// <param name="End">Behind the last one's place.</param>
/// <param name="Numbers">Null where there are none.</param>
/// <param name="Codes">Null where there are none.</param>
/// <param name="Labels">The labels.</param>
internal sealed record RowChunk(int Start, int End, OrtValue? Numbers, OrtValue? Codes, OrtValue Labels) : IDisposable
{
    public void Dispose()
    {
        Numbers?.Dispose();
        Codes?.Dispose();
        Labels.Dispose();
    }
}

/// <summary>
/// Brings rows together, on the device, ahead of the steps that take them: rows in a random order lie far apart in memory, and a step that gathered its own would wait for each. Another thread
/// does it while steps run over the chunk before.
/// </summary>
internal sealed class RowFeeder : IDisposable
{
    /// <summary>Rows of a chunk, or one batch where that is more: some milliseconds of steps, and no more memory than a cache has.</summary>
    private const int ChunkRows = 16_384;

    private readonly Accelerator _device;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly int _rows;
    private RowBlock? _block;
    private OrtValue? _order;
    private RowChunk? _current;
    private Task<RowChunk>? _next;

    internal RowFeeder(Accelerator device, TrainingGraphs graphs, int batchSize)
    {
        _device = device;
        _session = device.Open(graphs.Take());
        _rows = Math.Max(1, ChunkRows / batchSize) * batchSize;
    }

    /// <summary>Sets the rows, and their order. Neither is to be changed while steps take from them.</summary>
    internal void Use(RowBlock block, long[] order)
    {
        Forget();
        _order?.Dispose();
        _order = _device.Place(order.AsMemory(0, block.Rows), ElementType.Int64, block.Rows);
        _block = block;
    }

    /// <summary>The chunk that a place in the order is in; for use until the next one is asked for.</summary>
    internal RowChunk At(int place)
    {
        if (_current is { } here && place >= here.Start && place < here.End)
            return here;
        RowBlock block = _block ?? throw new InvalidOperationException("there are no rows to take");
        int start = place / _rows * _rows;
        RowChunk? ready = _next?.GetAwaiter().GetResult();
        _next = null;
        if (ready?.Start != start)
        {
            ready?.Dispose();
            ready = Take(block, start);
        }
        _current?.Dispose();
        _current = ready;
        if (ready.End < block.Rows)
            _next = Task.Run(() => Take(block, ready.End));
        return ready;
    }

    public void Dispose()
    {
        Forget();
        _order?.Dispose();
        _session.Dispose();
        _run.Dispose();
    }

    private void Forget()
    {
        if (_next is { } next)
        {
            ((Task)next).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
            if (next.IsCompletedSuccessfully)
                next.Result.Dispose();
        }
        _current?.Dispose();
        (_next, _current) = (null, null);
    }

    private RowChunk Take(RowBlock block, int start)
    {
        int end = Math.Min(start + _rows, block.Rows);
        using OrtIoBinding binding = _session.CreateIoBinding();
        using OrtValue startValue = Accelerator.Here(new long[] { start }.AsMemory(), 1), endValue = Accelerator.Here(new long[] { end }.AsMemory(), 1);
        (string Name, OrtValue? Value)[] tables = [(GraphNames.Numbers, block.Numbers), (GraphNames.Codes, block.Codes), (GraphNames.Labels, block.Labels)];
        foreach ((string name, OrtValue? value) in tables.Where(t => t.Value is not null))
        {
            binding.BindInput(name, value!);
            _device.BindOutput(binding, GraphNames.Next(name));
        }
        binding.BindInput(GraphNames.Order, _order!);
        binding.BindInput(GraphNames.Start, startValue);
        binding.BindInput(GraphNames.End, endValue);
        _session.RunWithBinding(_run, binding);
        binding.SynchronizeBoundOutputs();
        var taken = new Queue<OrtValue>(binding.GetOutputValues());
        return new RowChunk(start, end, block.Numbers is null ? null : taken.Dequeue(), block.Codes is null ? null : taken.Dequeue(), taken.Dequeue());
    }
}
