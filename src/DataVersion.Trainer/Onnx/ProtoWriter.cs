using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DataVersion.Trainer.Onnx;

/// <summary>
/// Writes protocol buffers (protobuf.dev, "Encoding"): fields in the order in which they are given, numbers as the shortest varints, so that the same calls always give
/// the same bytes.
/// </summary>
internal sealed class ProtoWriter
{
    private const int Varint = 0, Length = 2, Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    internal ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    internal void Integer(int field, long value)
    {
        Tag(field, Varint);
        Number((ulong)value);
    }

    internal void Real(int field, float value)
    {
        Tag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(sizeof(float)), value);
        _bytes.Advance(sizeof(float));
    }

    internal void Text(int field, string value) => Raw(field, Encoding.UTF8.GetBytes(value));

    internal void Raw(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, Length);
        Number((ulong)value.Length);
        _bytes.Write(value);
    }

    internal void Message(int field, Action<ProtoWriter> write)
    {
        var inner = new ProtoWriter();
        write(inner);
        Raw(field, inner.Bytes);
    }

    private void Tag(int field, int wireType) => Number((ulong)((field << 3) | wireType));

    private void Number(ulong value)
    {
        Span<byte> span = _bytes.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _bytes.Advance(length);
    }
}
