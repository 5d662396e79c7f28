using System.Text;

namespace DataVersion.Tests.Tracking.Exports;

/// <summary>ONNX models that only have an interface, written by hand after onnx.proto.</summary>
internal static class OnnxBytes
{
    internal static byte[] Model(params byte[][] graphFields) => [.. Number(1, 8), .. Message(7, [.. graphFields.SelectMany(f => f)])];

    /// <summary>An input; a dimension of -1 has a name instead of a size.</summary>
    internal static byte[] Input(string name, int type, params long[] shape) => Message(11, Value(name, type, shape));

    internal static byte[] Output(string name, int type, params long[] shape) => Message(12, Value(name, type, shape));

    internal static byte[] InputWithoutShape(string name) => Message(11, [.. Text(1, name), .. Message(2, Message(1, Number(1, 1)))]);

    internal static byte[] Weight(string name, string? file = null) => Message(5, Tensor(name, file));

    private static byte[] Tensor(string name, string? file) =>
    [
        .. Number(2, 1), .. Text(8, name), .. Message(9, new byte[300]),
        .. file is null ? [] : (byte[])[.. Message(13, [.. Text(1, "offset"), .. Text(2, "0")]), .. Message(13, [.. Text(1, "location"), .. Text(2, file)]), .. Number(14, 1)],
    ];

    internal static byte[] Node() => Message(1, [.. Text(4, "Identity")]);

    /// <summary>A node with a constant in a file, and one with an inner graph.</summary>
    internal static byte[] Nodes(string constant, params byte[][] inner) =>
    [
        .. Message(1, [.. Text(4, "Constant"), .. Message(5, [.. Text(1, "value"), .. Message(5, Tensor("", constant)), .. Number(20, 4)])]),
        .. Message(1, [.. Text(4, "If"), .. Message(5, [.. Text(1, "then_branch"), .. Message(6, [.. inner.SelectMany(f => f)]), .. Number(20, 5)])]),
    ];

    private static byte[] Value(string name, int type, long[] shape)
    {
        byte[] dimensions = [.. shape.SelectMany(d => Message(1, d < 0 ? Text(2, "N") : Number(1, d)))];
        return [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, type), .. Message(2, dimensions)]))];
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content) => [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    private static List<byte> Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
