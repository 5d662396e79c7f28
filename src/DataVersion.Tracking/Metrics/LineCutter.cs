namespace DataVersion.Tracking.Metrics;

/// <summary>Cuts bytes that arrive piece by piece into lines; a half-written one waits for the rest, one that is too long is passed over.</summary>
/// <param name="onLine">Called with each line, without its end; null for a line that was too long.</param>
internal sealed class LineCutter(Action<ReadOnlyMemory<byte>?> onLine)
{
    private byte[] _waiting = [];
    private int _length;
    private bool _isTooLong;

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is var end and >= 0)
        {
            Keep(bytes[..end]);
            End();
            bytes = bytes[(end + 1)..];
        }
        Keep(bytes);
    }

    /// <summary>Takes what waits for its end as a line: no more will come.</summary>
    public void Flush()
    {
        if (_length > 0 || _isTooLong)
            End();
    }

    private void End()
    {
        onLine(_isTooLong ? (ReadOnlyMemory<byte>?)null : _waiting.AsMemory(0, _length));
        _length = 0;
        _isTooLong = false;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_isTooLong || _length + bytes.Length > MetricLine.MaxBytes)
        {
            _isTooLong = true;
            return;
        }
        if (_length + bytes.Length > _waiting.Length)
            Array.Resize(ref _waiting, Math.Max(_length + bytes.Length, Math.Min(2 * _waiting.Length, MetricLine.MaxBytes)));
        bytes.CopyTo(_waiting.AsSpan(_length));
        _length += bytes.Length;
    }
}
