using System.IO.Hashing;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>Content that remembers the XXH128 of what was last read of it from beginning to end. One reader at a time.</summary>
internal sealed class FingerprintedContent(IContent inner) : IContent
{
    public long Length => inner.Length;

    /// <summary>Of the last whole read; null before there was one.</summary>
    public UInt128? LastRead { get; private set; }

    public Stream OpenRead(long offset = 0) => offset == 0 ? new Reader(this, inner.OpenRead()) : inner.OpenRead(offset);

    public override string? ToString() => inner.ToString();

    // Seeking back to the beginning starts the hash anew: some clients read a part twice, once to sign it.
    private sealed class Reader(FingerprintedContent owner, Stream inner) : SeekableStream
    {
        private readonly XxHash128 _hash = new();
        private long _hashed;

        public override bool CanSeek => inner.CanSeek;

        public override long Length => owner.Length;

        public override long Position
        {
            get => inner.Position;
            set
            {
                inner.Position = value;
                if (value != 0)
                    return;
                _hash.Reset();
                _hashed = 0;
            }
        }

        public override int Read(Span<byte> buffer)
        {
            long before = _hashed;
            int count = inner.Read(buffer);
            Add(buffer[..count], before);
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            long before = _hashed;
            int count = await inner.ReadAsync(buffer, cancellationToken);
            Add(buffer.Span[..count], before);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private void Add(ReadOnlySpan<byte> bytes, long before)
        {
            _hash.Append(bytes);
            _hashed = before + bytes.Length;
            if (_hashed == owner.Length)
                owner.LastRead = _hash.GetCurrentHashAsUInt128();
        }
    }
}
