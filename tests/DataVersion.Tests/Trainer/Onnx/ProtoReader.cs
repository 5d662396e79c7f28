using System.Text;

namespace DataVersion.Tests.Trainer.Onnx;

/// <summary>One field of a message of protocol buffers, as it stands in the bytes.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Integer">Its value, of a varint.</param>
/// <param name="Bytes">Its bytes, of anything else.</param>
internal sealed record ProtoField(int Number, long Integer, byte[] Bytes)
{
    internal string Text => Encoding.UTF8.GetString(Bytes);

    internal IReadOnlyList<ProtoField> Fields => ProtoReader.Read(Bytes);

    internal float Real => BitConverter.ToSingle(Bytes);
}

/// <summary>Takes messages of protocol buffers apart, without knowing what is in them.</summary>
internal static class ProtoReader
{
    internal static IReadOnlyList<ProtoField> Read(ReadOnlySpan<byte> bytes)
    {
        List<ProtoField> fields = [];
        while (bytes.Length > 0)
        {
            ulong tag = Number(ref bytes);
            int length = (tag & 7) switch { 0 => 0, 1 => 8, 2 => (int)Number(ref bytes), 5 => 4, _ => throw new InvalidDataException($"wire type {tag & 7}") };
            long integer = (tag & 7) == 0 ? (long)Number(ref bytes) : 0;
            fields.Add(new ProtoField((int)(tag >> 3), integer, bytes[..length].ToArray()));
            bytes = bytes[length..];
        }
        return fields;
    }

    internal static IEnumerable<ProtoField> All(this IReadOnlyList<ProtoField> fields, int number) => fields.Where(f => f.Number == number);

    internal static ProtoField One(this IReadOnlyList<ProtoField> fields, int number) => fields.Single(f => f.Number == number);

    private static ulong Number(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
