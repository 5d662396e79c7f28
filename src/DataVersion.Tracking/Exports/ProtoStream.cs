using System.Text;

namespace DataVersion.Tracking.Exports;

/// <summary>
/// Walks through a message of protocol buffers (protobuf.dev, "Encoding") in a file, without holding it: what nobody asks for is skipped over, however
/// large it is.
/// </summary>
/// <param name="stream">Can seek.</param>
/// <param name="end">Where the message ends in it.</param>
internal sealed class ProtoStream(Stream stream, long end)
{
    private const int Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5;
    private const int MaxText = 64 * 1024;

    private readonly long _end = end;
    private long _fieldEnd;

    /// <summary>The field's number.</summary>
    public int Field { get; private set; }

    /// <summary>Its value, where it is a varint.</summary>
    public long Integer { get; private set; }

    /// <summary>Whether it is a message, a text or bytes.</summary>
    public bool IsBytes { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end of the message.</returns>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public bool Next()
    {
        if (_fieldEnd > 0)
            stream.Position = _fieldEnd;
        if (stream.Position >= _end)
            return false;
        ulong tag = Number();
        int wire = (int)(tag & 7);
        Field = tag >> 3 is > 0 and <= int.MaxValue ? (int)(tag >> 3) : throw Bad();
        Integer = wire == Varint ? (long)Number() : 0;
        IsBytes = wire == Length;
        ulong size = wire switch
        {
            Varint => 0,
            Fixed64 => 8,
            Length => Number(),
            Fixed32 => 4,
            _ => throw Bad(),
        };
        if (size > (ulong)(_end - stream.Position))
            throw Bad();
        _fieldEnd = stream.Position + (long)size;
        return true;
    }

    /// <summary>The message in the field. Read it to its end, or not at all, before <see cref="Next"/>.</summary>
    public ProtoStream Message() => IsBytes ? new ProtoStream(stream, _fieldEnd) : throw Bad();

    /// <summary>The text in the field.</summary>
    public string Text()
    {
        long size = _fieldEnd - stream.Position;
        if (!IsBytes || size > MaxText)
            throw Bad();
        var bytes = new byte[size];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = stream.Position < _end ? stream.ReadByte() : -1;
            if (next < 0)
                throw Bad();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw Bad();
    }

    private static InvalidDataException Bad() => new("the bytes are not a message of protocol buffers");
}
