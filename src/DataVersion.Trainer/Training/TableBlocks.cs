using System.Runtime.CompilerServices;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Trainer.Training;

/// <summary>
/// A table as blocks of rows on the device: one that stays there, where memory allows it; else blocks of a part of the table, prepared anew in each pass.
/// </summary>
internal sealed class TableBlocks : IDisposable
{
    // Two buffers, and what a GPU or the allocator keeps.
    private const int BuffersInMemory = 4;

    private readonly FeatureLayout _layout;
    private readonly Accelerator _device;
    private readonly BlockReader _reader;
    private readonly InferenceSession? _prepare;
    private RowBlock? _resident;

    /// <param name="table">The table.</param>
    /// <param name="layout">What becomes of its columns.</param>
    /// <param name="device">Where the blocks go.</param>
    /// <param name="prepare">The graph that prepares numbers.</param>
    /// <param name="memory">Bytes that the rows may take.</param>
    /// <param name="batchSize">Blocks are multiples of this.</param>
    internal TableBlocks(ITable table, FeatureLayout layout, Accelerator device, byte[] prepare, long memory, int batchSize)
    {
        _layout = layout;
        _device = device;
        Rows = table.Rows;
        long perRow = RowBuffer.BytesPerRow(layout), widest = Math.Max(1, Math.Max(Math.Max(layout.RawNumbers, layout.NumberFeatures), layout.Categories));
        long most = Array.MaxLength / widest / 2;
        IsResident = Rows * perRow <= memory && Rows <= most;
        long rows = Math.Min(most, memory / BuffersInMemory / perRow) / batchSize * batchSize;
        BlockRows = IsResident ? (int)Math.Max(1, Rows) : (int)Math.Max(batchSize, rows);
        _reader = new BlockReader(table, layout, BlockRows);
        _prepare = layout.Numbers > 0 ? device.Open(prepare) : null;
    }

    internal long Rows { get; }

    /// <summary>True where one block holds the whole table, and stays.</summary>
    internal bool IsResident { get; }

    /// <summary>Rows of each block but the last.</summary>
    internal int BlockRows { get; }

    /// <summary>One pass over the table.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The blocks; each is for use until the next one is asked for.</returns>
    /// <exception cref="InvalidDataException">The table is not what it says it is.</exception>
    internal async IAsyncEnumerable<RowBlock> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_resident is not null)
        {
            yield return _resident;
            yield break;
        }
        int index = 0;
        await foreach (RowBuffer buffer in _reader.ReadAsync(cancellationToken))
        {
            RowBlock block = Prepare(index++, buffer);
            if (IsResident)
            {
                _resident = block;
                yield return block;
                continue;
            }
            using (block)
                yield return block;
        }
    }

    public void Dispose()
    {
        _resident?.Dispose();
        _prepare?.Dispose();
    }

    private RowBlock Prepare(int index, RowBuffer buffer)
    {
        int rows = buffer.Rows;
        return new RowBlock(index, buffer,
            _prepare is null ? null : Numbers(buffer),
            _layout.Categories == 0 ? null : _device.Place(buffer.Codes.AsMemory(0, rows * _layout.Categories), ElementType.Int32, rows, _layout.Categories),
            _device.Place(buffer.Labels.AsMemory(0, rows), ElementType.Float, rows, 1));
    }

    private OrtValue Numbers(RowBuffer buffer)
    {
        int rows = buffer.Rows;
        using var run = new RunOptions();
        using OrtIoBinding binding = _prepare!.CreateIoBinding();
        using OrtValue raw = Accelerator.Here(buffer.Raw.AsMemory(0, rows * _layout.RawNumbers), rows, _layout.RawNumbers);
        binding.BindInput(GraphNames.Raw, raw);
        if (_device.IsCuda)
        {
            _device.BindOutput(binding, GraphNames.Numbers);
            _prepare.RunWithBinding(run, binding);
            return binding.GetOutputValues().Single();
        }
        OrtValue numbers = Accelerator.Here(buffer.Numbers.AsMemory(0, rows * _layout.NumberFeatures), rows, _layout.NumberFeatures);
        binding.BindOutput(GraphNames.Numbers, numbers);
        _prepare.RunWithBinding(run, binding);
        return numbers;
    }
}
