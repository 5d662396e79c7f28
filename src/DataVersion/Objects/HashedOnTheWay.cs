using DataVersion.Hashing;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>
/// Content that is hashed while it is read and whose last bytes come only once the hash is right, so that a store never completes a
/// write of wrong bytes.
/// </summary>
internal sealed class HashedOnTheWay(IContent content, ObjectId id) : IContent
{
    public long Length => content.Length;

    public string? Sha256 => id.Kind == HashKind.Sha256 ? id.Hex : null;

    public Stream OpenRead(long offset = 0)
    {
        var stream = new HashingStream(this, content.OpenRead());
        // A hash has no middle: what is before the offset is read too.
        Span<byte> buffer = new byte[Math.Min(offset, 64 * 1024)];
        while (offset > 0 && stream.Read(buffer[..(int)Math.Min(offset, buffer.Length)]) is int count and > 0)
            offset -= count;
        return stream;
    }

    public override string? ToString() => content.ToString();

    private sealed class HashingStream(HashedOnTheWay owner, Stream inner) : ForwardStream
    {
        private readonly IdentityHash _hash = new(owner.ExpectedKind);
        private long _position;
        private bool _checked;

        public override int Read(Span<byte> buffer)
        {
            int count = buffer.IsEmpty ? 0 : inner.Read(buffer);
            Add(buffer[..count], atEnd: count == 0 && !buffer.IsEmpty);
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = buffer.IsEmpty ? 0 : await inner.ReadAsync(buffer, cancellationToken);
            Add(buffer.Span[..count], atEnd: count == 0 && !buffer.IsEmpty);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                _hash.Dispose();
            }
            base.Dispose(disposing);
        }

        private void Add(ReadOnlySpan<byte> bytes, bool atEnd)
        {
            _hash.Append(bytes);
            _position += bytes.Length;
            if (_position > owner.Length || (atEnd && _position < owner.Length))
                throw owner.Corrupt($"{(atEnd ? "only" : "more than")} {(atEnd ? _position : owner.Length)} bytes");
            if (_position < owner.Length || _checked)
                return;
            _checked = true;
            ObjectId actual = _hash.Finish();
            if (actual != owner.Expected)
                throw owner.Corrupt(actual.ToString());
        }
    }

    private ObjectId Expected => id;

    private HashKind ExpectedKind => id.Kind;

    private ObjectCorruptException Corrupt(string actual) =>
        new(id.ToString(), actual, $"in '{content}'", "fetch it from a remote that has it, or add the data again");
}
