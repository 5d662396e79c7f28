using System.Text;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Predicting;

/// <summary>A model's inputs as rows name them.</summary>
internal sealed class InputColumns
{
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly byte[][] _utf8;

    internal InputColumns(ModelSignature signature)
    {
        Inputs = [.. signature.Inputs];
        _utf8 = [.. Inputs.Select(i => Encoding.UTF8.GetBytes(i.Name))];
        for (int i = 0; i < Inputs.Length; i++)
            _byName.Add(Inputs[i].Name, i);
        _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
        Names = [.. Inputs.Select(i => i.Name)];
    }

    internal SignatureInput[] Inputs { get; }

    internal string[] Names { get; }

    internal int Count => Inputs.Length;

    internal bool IsText(int column) => Inputs[column].Type == SignatureType.Category;

    internal bool IsTime(int column) => Inputs[column].Type == SignatureType.Time;

    internal ReadOnlySpan<byte> Utf8(int column) => _utf8[column];

    /// <summary>-1 where no input has this name.</summary>
    internal int Find(ReadOnlySpan<char> name) => _bySpan.TryGetValue(name, out int column) ? column : -1;
}
