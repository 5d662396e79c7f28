using System.Buffers;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Serving.Predicting;

/// <summary>
/// The rows of one request at a time, column by column, in memory that ONNX Runtime reads; used again and again. Tensors are made anew only where the
/// number of rows is another than the request before had.
/// </summary>
internal sealed class RowBatch : IDisposable
{
    private const int FirstCapacity = 16;
    // A batch that once had many rows does not keep them for ever.
    private const int KeptRows = 4096;
    private const int KeptText = 256 * 1024;

    private readonly InputColumns _columns;
    private readonly float[]?[] _numbers;
    private readonly double[]?[] _times;
    private readonly (int Start, int Length)[]?[] _texts;
    private readonly OrtValue[] _inputs;
    private readonly OrtValue[] _outputs = new OrtValue[1];
    private readonly RunWatch _watch = new();
    private byte[] _text = new byte[1024];
    private float[] _probabilities = [];
    private int _textLength;
    private int _capacity;
    private int _bound;

    internal RowBatch(InputColumns columns)
    {
        _columns = columns;
        _numbers = new float[columns.Count][];
        _times = new double[columns.Count][];
        _texts = new (int, int)[columns.Count][];
        _inputs = new OrtValue[columns.Count];
        Seen = new ulong[(columns.Count + 63) / 64];
    }

    internal int Rows { get; private set; }

    /// <summary>A bit for each column that the row at hand has named.</summary>
    internal ulong[] Seen { get; }

    internal IReadOnlyCollection<OrtValue> Inputs => _inputs;

    internal IReadOnlyCollection<OrtValue> Outputs => _outputs;

    internal RunOptions Options => _watch.Options;

    /// <summary>Where the answer is put together.</summary>
    internal ArrayBufferWriter<byte> Answer { get; private set; } = new(256);

    /// <summary>Ends a run that takes too long.</summary>
    internal RunWatch Watch => _watch;

    /// <summary>One for each row, after the run.</summary>
    internal ReadOnlySpan<float> Probabilities => _probabilities.AsSpan(0, Rows);

    internal void Clear()
    {
        Rows = 0;
        _textLength = 0;
        if (_capacity > KeptRows)
        {
            Unbind();
            Grow(0);
        }
        if (_text.Length > KeptText)
            _text = new byte[1024];
        if (Answer.Capacity > KeptText)
            Answer = new ArrayBufferWriter<byte>(256);
        Answer.ResetWrittenCount();
    }

    /// <summary>A new row without values.</summary>
    internal void AddRow()
    {
        if (Rows == _capacity)
        {
            Unbind();
            Grow(Math.Max(FirstCapacity, _capacity * 2));
        }
        for (int column = 0; column < _columns.Count; column++)
        {
            if (_numbers[column] is { } numbers)
                numbers[Rows] = float.NaN;
            else if (_times[column] is { } times)
                times[Rows] = double.NaN;
            else
                _texts[column]![Rows] = default;
        }
        Rows++;
    }

    internal void Set(int column, float value) => _numbers[column]![Rows - 1] = value;

    /// <summary>Sets a time, in seconds since 1970.</summary>
    internal void SetTime(int column, double seconds) => _times[column]![Rows - 1] = seconds;

    /// <summary>Room for a text of at most so many bytes; <see cref="SetText"/> says how many it has.</summary>
    internal Span<byte> TextRoom(int most)
    {
        if (_text.Length - _textLength < most)
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + most));
        return _text.AsSpan(_textLength, most);
    }

    internal void SetText(int column, int length)
    {
        _texts[column]![Rows - 1] = (_textLength, length);
        _textLength += length;
    }

    /// <summary>A number, or a time.</summary>
    internal float Number(int column, int row) => _numbers[column] is { } numbers ? numbers[row] : (float)_times[column]![row];

    internal ReadOnlySpan<byte> Text(int column, int row)
    {
        (int start, int length) = _texts[column]![row];
        return _text.AsSpan(start, length);
    }

    /// <summary>Makes the tensors what the rows are.</summary>
    internal void Bind()
    {
        if (_bound != Rows)
            MakeTensors();
        for (int column = 0; column < _columns.Count; column++)
        {
            if (_texts[column] is null)
                continue;
            for (int row = 0; row < Rows; row++)
                _inputs[column].StringTensorSetElementAt(Text(column, row), row);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unbind();
        _watch.Dispose();
    }

    private void MakeTensors()
    {
        Unbind();
        long[] shape = [Rows, 1];
        for (int column = 0; column < _columns.Count; column++)
        {
            _inputs[column] = _numbers[column] is { } numbers
                ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, numbers.AsMemory(0, Rows), shape)
                : _times[column] is { } times ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, times.AsMemory(0, Rows), shape)
                : OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        }
        _outputs[0] = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _probabilities.AsMemory(0, Rows), shape);
        _bound = Rows;
    }

    private void Unbind()
    {
        if (_bound == 0)
            return;
        foreach (OrtValue value in _inputs)
            value.Dispose();
        _outputs[0].Dispose();
        _bound = 0;
    }

    private void Grow(int capacity)
    {
        for (int column = 0; column < _columns.Count; column++)
        {
            if (_columns.IsText(column))
                Array.Resize(ref _texts[column], capacity);
            else if (_columns.IsTime(column))
                Array.Resize(ref _times[column], capacity);
            else
                Array.Resize(ref _numbers[column], capacity);
        }
        _probabilities = new float[capacity];
        _capacity = capacity;
    }
}
