using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Trainer.Training;

/// <summary>Room for some rows of a table, filled again and again.</summary>
internal sealed class RowBuffer(FeatureLayout layout, int capacity)
{
    internal int Capacity { get; } = capacity;

    internal int Rows { get; set; }

    internal float[] Raw { get; } = new float[capacity * layout.RawNumbers];

    internal float[] Numbers { get; } = new float[capacity * layout.NumberFeatures];

    internal int[] Codes { get; } = new int[capacity * layout.Categories];

    internal float[] Labels { get; } = new float[capacity];

    /// <summary>Bytes of one row in all of these, and in the list that puts rows into an order.</summary>
    internal static long BytesPerRow(FeatureLayout layout) => (sizeof(float) * (layout.RawNumbers + layout.NumberFeatures + layout.Categories + 1)) + sizeof(long);
}

/// <summary>Some rows, prepared, on the device.</summary>
internal sealed class RowBlock(int index, RowBuffer buffer, OrtValue? numbers, OrtValue? codes, OrtValue labels) : IDisposable
{
    /// <summary>Which block of its table it is, from 0 on.</summary>
    internal int Index { get; } = index;

    internal int Rows { get; } = buffer.Rows;

    internal OrtValue? Numbers { get; } = numbers;

    internal OrtValue? Codes { get; } = codes;

    internal OrtValue Labels { get; } = labels;

    /// <summary>The labels in this process's memory.</summary>
    internal ReadOnlySpan<float> HostLabels => buffer.Labels.AsSpan(0, Rows);

    public void Dispose()
    {
        Numbers?.Dispose();
        Codes?.Dispose();
        Labels.Dispose();
    }
}
