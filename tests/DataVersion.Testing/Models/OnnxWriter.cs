using System.Text;

namespace DataVersion.Testing.Models;

/// <summary>As much of onnx.proto as a test's model needs, written by hand. Fields are numbered as in onnx.proto.</summary>
public static class OnnxWriter
{
    public const int Float = 1;
    public const int Text = 8;

    /// <summary>A model of IR version 8 and operator sets 17 (ONNX) and 3 (ONNX-ML).</summary>
    public static byte[] Model(byte[][] nodes, byte[][] inputs, byte[][] outputs, byte[][] constants)
    {
        byte[] graph = [.. nodes.SelectMany(n => Message(1, n)), .. Message(2, "g"), .. constants.SelectMany(c => Message(5, c)), .. inputs.SelectMany(i => Message(11, i)), .. outputs.SelectMany(o => Message(12, o))];
        return [.. Number(1, 8), .. Message(7, graph), .. Message(8, Number(2, 17)), .. Message(8, [.. Message(1, "ai.onnx.ml"), .. Number(2, 3)])];
    }

    /// <summary>A node.</summary>
    public static byte[] Node(string operation, string[] inputs, string output, string domain = "", params byte[][] attributes) =>
        [.. inputs.SelectMany(i => Message(1, i)), .. Message(2, output), .. Message(4, operation), .. attributes.SelectMany(a => Message(5, a)), .. domain.Length > 0 ? Message(7, domain) : []];

    /// <summary>A value of shape [N, 1].</summary>
    public static byte[] Column(string name, int type)
    {
        byte[] shape = [.. Message(1, Message(2, "N")), .. Message(1, Number(1, 1))];
        return [.. Message(1, name), .. Message(2, Message(1, [.. Number(1, type), .. Message(2, shape)]))];
    }

    /// <summary>A constant of shape [1].</summary>
    public static byte[] Constant(string name, float value) => [.. Number(1, 1), .. Number(2, Float), .. Message(8, name), .. Message(9, BitConverter.GetBytes(value))];

    /// <summary>Weights that lie in a file beside the model.</summary>
    public static byte[] External(string name, string file, int values) =>
        [.. Number(1, values), .. Number(2, Float), .. Message(8, name), .. Message(13, [.. Message(1, "location"), .. Message(2, file)]), .. Number(14, 1)];

    public static byte[] Strings(string name, params string[] values) => [.. Message(1, name), .. values.SelectMany(v => Message(9, v)), .. Number(20, 8)];

    public static byte[] Floats(string name, params float[] values) => [.. Message(1, name), .. values.SelectMany(v => Fixed(7, v)), .. Number(20, 6)];

    public static byte[] Single(string name, float value) => [.. Message(1, name), .. Fixed(2, value), .. Number(20, 1)];

    private static byte[] Fixed(int field, float value) => [.. Varint((ulong)((field << 3) | 5)), .. BitConverter.GetBytes(value)];

    private static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    private static byte[] Message(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content) => [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static List<byte> Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
