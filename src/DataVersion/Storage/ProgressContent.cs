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

    private sealed class ProgressStream(Stream inner, ProgressContent owner) : SeekableStream
    {
        public override bool CanSeek => inner.CanSeek;

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

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
