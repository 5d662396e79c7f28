using DataVersion.Storage;

namespace DataVersion.Testing.Stores;

/// <summary>A read that goes wrong as a <see cref="Fault"/> says.</summary>
internal sealed class FaultyStream(Stream inner, Fault? fault, IDisposable running) : ForwardStream
{
    private long _position;
    private long _appended;

    public override int Read(Span<byte> buffer)
    {
        var bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (fault is Fault.BreaksAfter breaks)
            buffer = _position >= breaks.Bytes ? throw breaks.Make() : Cut(buffer, breaks.Bytes - _position);
        if (fault is Fault.EndsAfter ends)
            buffer = Cut(buffer, ends.Bytes - _position);
        int count = await inner.ReadAsync(buffer, cancellationToken);
        if (fault is Fault.FlipsByte flip && flip.Offset >= _position && flip.Offset < _position + count)
            buffer.Span[(int)(flip.Offset - _position)] ^= 0x01;
        if (count == 0 && fault is Fault.Appends appends)
        {
            count = (int)Math.Min(buffer.Length, appends.Bytes - _appended);
            buffer.Span[..count].Clear();
            _appended += count;
        }
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            running.Dispose();
        }
        base.Dispose(disposing);
    }

    private static Memory<byte> Cut(Memory<byte> buffer, long length) => buffer[..(int)Math.Min(buffer.Length, length)];
}
