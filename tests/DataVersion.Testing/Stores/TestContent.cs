using DataVersion.Storage;

namespace DataVersion.Testing.Stores;

/// <summary>Content whose stream may break, end early, or call back while it is read.</summary>
public sealed class TestContent(byte[] bytes, long? length = null, Action<long>? beforeRead = null) : IContent
{
    public long Length => length ?? bytes.Length;

    public int Opened { get; private set; }

    public Stream OpenRead(long offset = 0)
    {
        Opened++;
        return new Reader(bytes.AsMemory((int)offset), beforeRead);
    }

    // Hands out small pieces, so that something is left to come when a test interferes.
    private sealed class Reader(ReadOnlyMemory<byte> bytes, Action<long>? beforeRead) : ForwardStream
    {
        private int _position;

        public override int Read(Span<byte> buffer)
        {
            beforeRead?.Invoke(_position);
            int count = Math.Min(Math.Min(buffer.Length, 4096), bytes.Length - _position);
            bytes.Span.Slice(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ValueTask.FromResult(Read(buffer.Span));
        }
    }
}
