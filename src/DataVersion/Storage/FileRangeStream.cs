using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Storage;

/// <summary>Reads a range of an open file, which it owns.</summary>
internal sealed class FileRangeStream(SafeFileHandle file, string path, ByteRange range) : ForwardStream
{
    private long _position = range.Offset;
    private long _left = range.Length;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Advance(RandomAccess.Read(file, buffer[..Wanted(buffer.Length)], _position));
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Advance(await RandomAccess.ReadAsync(file, buffer[..Wanted(buffer.Length)], _position, cancellationToken));
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private int Wanted(int length) => (int)Math.Min(length, _left);

    private int Advance(int count)
    {
        _position += count;
        _left -= count;
        return count;
    }
}
