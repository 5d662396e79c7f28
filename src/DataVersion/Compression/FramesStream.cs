using DataVersion.Storage;

namespace DataVersion.Compression;

/// <summary>The content of consecutive frames, one frame in memory at a time.</summary>
/// <param name="table">Says how long each frame is.</param>
/// <param name="stored">The frames' bytes from the first one on; owned.</param>
/// <param name="frame">Number of the first frame.</param>
/// <param name="skip">Bytes of the first frame's content that are not wanted.</param>
/// <param name="length">Bytes wanted.</param>
internal sealed class FramesStream(SeekTable table, Stream stored, int frame, int skip, long length) : ForwardStream
{
    // Not from a pool: a read that was given up may still write into them.
    private byte[] _stored = [];
    private byte[] _raw = [];

    private int _frame = frame;
    private long _left = length;

    // Bytes of the next frame in _stored.
    private int _have;

    // What of _raw is not yet handed out.
    private int _from = skip;
    private int _to;
    private InvalidDataException? _broken;

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _left == 0)
            return 0;
        while (Missing() is { IsEmpty: false } missing)
            Take(stored.Read(missing.Span));
        return HandOut(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty || _left == 0)
            return 0;
        while (Missing() is { IsEmpty: false } missing)
            Take(await stored.ReadAsync(missing, cancellationToken));
        return HandOut(buffer.Span);
    }

    public override async ValueTask DisposeAsync()
    {
        await stored.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stored.Dispose();
        base.Dispose(disposing);
    }

    // The place for what of the next frame was not read yet; empty while there is content to hand out.
    private Memory<byte> Missing()
    {
        // Whoever goes on after a frame that failed would get the bytes of another place.
        if (_broken is not null)
            throw new InvalidDataException(_broken.Message, _broken);
        if (_to > 0)
            return default;
        int length = table.StoredLength(_frame);
        if (_stored.Length < length)
            _stored = GC.AllocateUninitializedArray<byte>(length);
        return _stored.AsMemory(_have, length - _have);
    }

    private void Take(int read)
    {
        int length = table.StoredLength(_frame);
        if (read == 0)
            throw Broken($"ends after {_have} of {length} bytes");
        _have += read;
        if (_have < length)
            return;
        int rawLength = table.RawLength(_frame);
        if (_raw.Length < rawLength)
            _raw = GC.AllocateUninitializedArray<byte>(rawLength);
        if (!ZstdFrame.TryDecompress(_stored.AsSpan(0, length), _raw.AsSpan(0, rawLength)))
            throw Broken($"is not a zstd frame of {rawLength} bytes");
        _to = rawLength;
        _have = 0;
        _frame++;
    }

    private InvalidDataException Broken(string what) =>
        _broken = new InvalidDataException($"compressed data is damaged: frame {_frame + 1} of {table.Frames}, at byte {table.Start(_frame)}, {what}");

    private int HandOut(Span<byte> buffer)
    {
        int count = (int)Math.Min(Math.Min(buffer.Length, _to - _from), _left);
        _raw.AsSpan(_from, count).CopyTo(buffer);
        _from += count;
        _left -= count;
        if (_from == _to)
            _from = _to = 0;
        return count;
    }
}
