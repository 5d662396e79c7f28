namespace DataVersion.Storage;

/// <summary>A part of some content: <paramref name="length"/> bytes from <paramref name="start"/>.</summary>
public sealed class SlicedContent(IContent inner, long start, long length) : IContent
{
    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    /// <remarks>Can seek where the inner stream can: some clients read a part twice, once to sign it.</remarks>
    public Stream OpenRead(long offset = 0) => new SliceStream(inner.OpenRead(start + offset), start + offset, length - offset);

    /// <inheritdoc/>
    public override string? ToString() => inner.ToString();

    private sealed class SliceStream(Stream inner, long start, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set
            {
                inner.Position = start + value;
                _position = value;
            }
        }

        public override int Read(Span<byte> buffer)
        {
            int count = inner.Read(buffer[..Wanted(buffer.Length)]);
            _position += count;
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer[..Wanted(buffer.Length)], cancellationToken);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => length + offset,
        };

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private int Wanted(int count) => (int)Math.Min(count, length - _position);
    }
}
