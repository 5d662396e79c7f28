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

    private sealed class SliceStream(Stream inner, long start, long length) : SeekableStream
    {
        private long _position;

        public override bool CanSeek => inner.CanSeek;

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

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private int Wanted(int count) => (int)Math.Min(count, length - _position);
    }
}
