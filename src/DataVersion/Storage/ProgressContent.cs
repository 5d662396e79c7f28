namespace DataVersion.Storage;

/// <summary>
/// Content that tells how much of it was read. What is read again (a retry, a client that reads once to sign and once to send) is taken back
/// first, so that the sum never exceeds the length.
/// </summary>
internal sealed class ProgressContent(IContent inner, Action<long> progress) : IContent
{
    private long _told;

    public long Length => inner.Length;

    public Stream OpenRead(long offset = 0)
    {
        TakeBack(offset);
        return new ProgressStream(inner.OpenRead(offset), this);
    }

    public override string? ToString() => inner.ToString();

    private void Tell(int read)
    {
        if (read == 0)
            return;
        Interlocked.Add(ref _told, read);
        progress(read);
    }

    private void TakeBack(long position)
    {
        long told = Interlocked.Exchange(ref _told, position);
        if (told != position)
            progress(position - told);
    }

    private sealed class ProgressStream(Stream inner, ProgressContent owner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set
            {
                inner.Position = value;
                owner.TakeBack(value);
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = inner.Read(buffer);
            owner.Tell(read);
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken);
            owner.Tell(read);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => Length + offset,
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
    }
}
