using System.Diagnostics;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;

namespace DataVersion.Benchmarks;

/// <summary>
/// The push of an object that takes all 10,000 parts, to a store that only reads what it is sent: what the engine itself needs of memory. The
/// parts of 5 TB are larger and as many; they are streamed alike.
/// </summary>
internal static class SimulatedUpload
{
    private const long Size = 10_000L * BlockHasher.BlockSize;

    public static async Task RunAsync(string folder)
    {
        using var hash = new IdentityHash(HashKind.Xxh128);
        for (long done = 0; done < Size; done += Zeros.Piece.Length)
            hash.Append(Zeros.Piece);
        ObjectKey key = ObjectKey.Content(hash.Finish());
        GC.Collect();
        long before = Environment.WorkingSet;
        using var peak = new PeakMemory();
        var store = new DiscardingStore();
        ObjectStore remote = await ObjectStore.OpenAsync(store, "bench", create: true, () => "bench", CancellationToken.None);
        PushSession session = await remote.BeginPushAsync(new PartOptions { JournalDirectory = Path.Combine(folder, "uploads") }, CancellationToken.None);
        var clock = Stopwatch.StartNew();
        await session.PutAsync(key, new Zeros(), null, CancellationToken.None);
        Console.WriteLine($"Push of one object of {Size >> 30} GiB in {store.Written:n0} parts to a store that only reads: {Math.Max(0, peak.Bytes - before) >> 20} MiB of memory above "
            + $"the start, {Size / clock.Elapsed.TotalSeconds / 1e9:0.0} GB/s.\n");
    }

    private sealed class PeakMemory : IDisposable
    {
        private readonly Timer _timer;
        private long _bytes;

        public PeakMemory() => _timer = new Timer(_ => _bytes = Math.Max(_bytes, Environment.WorkingSet), null, 0, 20);

        public long Bytes => _bytes;

        public void Dispose() => _timer.Dispose();
    }

    private sealed class Zeros : IContent
    {
        public static byte[] Piece { get; } = new byte[1 << 20];

        public long Length => Size;

        public Stream OpenRead(long offset = 0) => new Reader();

        private sealed class Reader : ForwardStream
        {
            public override int Read(Span<byte> buffer)
            {
                buffer.Clear();
                return buffer.Length;
            }

            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
        }
    }

    private sealed class DiscardingStore : IBlobStore, IPartUploads
    {
        private readonly MemoryBlobStore _documents = new();
        private int _written;

        public int Written => _written;

        public BlobStoreTraits Traits => _documents.Traits;

        public string Location => "nowhere";

        public IPartUploads? Parts => this;

        public PartLimits Limits { get; } = new() { MinSize = 5 << 20, MaxSize = 5L << 30, MaxParts = 10_000 };

        public Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken) => _documents.StatAsync(name, cancellationToken);

        public Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken) => _documents.OpenReadAsync(name, range, cancellationToken);

        public Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
            _documents.WriteAsync(name, content, mode, cancellationToken);

        public IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken) => _documents.ListAsync(prefix, cancellationToken);

        public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken) => _documents.DeleteAsync(name, versionToken, cancellationToken);

        public Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken) =>
            Task.FromResult(new PartUpload(name, "1", length, partSize, mode));

        public Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<UploadedPart>?>(null);

        public async Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken)
        {
            await using (Stream part = content.OpenRead())
                await part.CopyToAsync(Stream.Null, 1 << 20, cancellationToken);
            Interlocked.Increment(ref _written);
            return new UploadedPart(number, content.Length, $"{number}");
        }

        public Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken) => Task.FromResult(WriteOutcome.Written);

        public Task AbortAsync(PartUpload upload, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
