using DataVersion.Storage;

namespace DataVersion.Testing.Stores;

/// <summary>Counts the bytes that are read from a store, and says which ranges were asked for.</summary>
public sealed class MeteredStore(IBlobStore inner) : ForwardingStore(inner)
{
    private readonly Lock _lock = new();
    private readonly List<(string Name, ByteRange? Range)> _reads = [];
    private long _bytes;

    /// <summary>Bytes that were read so far.</summary>
    public long BytesRead => Interlocked.Read(ref _bytes);

    /// <summary>What was opened so far.</summary>
    public IReadOnlyList<(string Name, ByteRange? Range)> Reads
    {
        get
        {
            lock (_lock)
                return [.. _reads];
        }
    }

    public override async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        lock (_lock)
            _reads.Add((name, range));
        return new Counting(await base.OpenReadAsync(name, range, cancellationToken), this);
    }

    private sealed class Counting(Stream inner, MeteredStore store) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => Count(inner.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private int Count(int count)
        {
            Interlocked.Add(ref store._bytes, count);
            return count;
        }
    }
}
