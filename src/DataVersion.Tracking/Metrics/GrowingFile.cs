using Microsoft.Win32.SafeHandles;

namespace DataVersion.Tracking.Metrics;

/// <summary>
/// Reads what was appended to a file since the last time. The file may not be there yet, be cut off, or be replaced. It is the same file as long as the last
/// bytes that were read still stand where they stood: this needs no inode numbers, and also sees a file that was cut off and written past that place.
/// </summary>
internal sealed class GrowingFile(string path) : IDisposable
{
    private const int TailBytes = 256;

    private readonly byte[] _tail = new byte[TailBytes];
    private int _tailLength;
    private long _offset;
    private SafeFileHandle? _handle;

    /// <summary>Reads to the end, at most <paramref name="limit"/> bytes.</summary>
    /// <param name="onBytes">Called with each piece.</param>
    /// <param name="onRestart">Called where another file begins: what was half read is over.</param>
    /// <param name="limit">How many bytes are read at most.</param>
    /// <returns>True at the end of the file; false where there may be more.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public bool Read(Action<ReadOnlySpan<byte>> onBytes, Action onRestart, long limit)
    {
        // What was written to a file that lost its name since then is read first.
        if (_handle is not null && IsContinued(_handle) && !Drain(_handle, onBytes, ref limit))
            return false;
        SafeFileHandle? found = TryOpen();
        if (found is null)
            return true;
        bool isContinued = IsContinued(found);
        _handle?.Dispose();
        _handle = found;
        if (!isContinued)
        {
            _offset = 0;
            _tailLength = 0;
            onRestart();
        }
        return Drain(found, onBytes, ref limit);
    }

    public void Dispose() => _handle?.Dispose();

    private SafeFileHandle? TryOpen()
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private bool IsContinued(SafeFileHandle file)
    {
        Span<byte> there = stackalloc byte[TailBytes];
        there = there[.._tailLength];
        return RandomAccess.GetLength(file) >= _offset && ReadFully(file, there, _offset - _tailLength) && there.SequenceEqual(_tail.AsSpan(0, _tailLength));
    }

    private static bool ReadFully(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        while (buffer.Length > 0)
        {
            int read = RandomAccess.Read(file, buffer, offset);
            if (read == 0)
                return false;
            buffer = buffer[read..];
            offset += read;
        }
        return true;
    }

    private bool Drain(SafeFileHandle file, Action<ReadOnlySpan<byte>> onBytes, ref long limit)
    {
        byte[] buffer = new byte[64 * 1024];
        while (limit > 0)
        {
            int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, limit)), _offset);
            if (read == 0)
                return true;
            limit -= read;
            _offset += read;
            Remember(buffer.AsSpan(0, read));
            onBytes(buffer.AsSpan(0, read));
        }
        return false;
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        int fresh = Math.Min(bytes.Length, TailBytes);
        int kept = Math.Min(_tailLength, TailBytes - fresh);
        _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
        bytes[^fresh..].CopyTo(_tail.AsSpan(kept));
        _tailLength = kept + fresh;
    }
}
