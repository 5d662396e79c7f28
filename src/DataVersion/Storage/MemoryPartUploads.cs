using System.Globalization;

namespace DataVersion.Storage;

/// <summary>Uploads in parts to a <see cref="MemoryBlobStore"/>: the reference for what <see cref="IPartUploads"/> promises.</summary>
internal sealed class MemoryPartUploads(MemoryBlobStore store) : IPartUploads
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<int, byte[]>> _uploads = [];
    private readonly HashSet<string> _completed = [];
    private long _begun;

    public PartLimits Limits { get; } = new() { MinSize = 1, MaxSize = 1L << 30, MaxParts = 10_000 };

    public Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            string id = (++_begun).ToString(CultureInfo.InvariantCulture);
            _uploads.Add(id, []);
            return Task.FromResult(new PartUpload(name, id, length, partSize, mode));
        }
    }

    public Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            IReadOnlyList<UploadedPart>? parts = _uploads.TryGetValue(upload.Id, out SortedDictionary<int, byte[]>? held)
                ? [.. held.Select(p => new UploadedPart(p.Key, p.Value.Length, TagOf(p.Value)))]
                : null;
            return Task.FromResult(parts);
        }
    }

    public async Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken)
    {
        byte[] bytes = await MemoryBlobStore.ReadAllAsync(content, cancellationToken);
        lock (_lock)
            HeldOf(upload)[number] = bytes;
        return new UploadedPart(number, bytes.Length, TagOf(bytes));
    }

    public async Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        byte[] bytes;
        lock (_lock)
        {
            // The answer to the first try got lost.
            if (_completed.Contains(upload.Id))
                return WriteOutcome.Written;
            SortedDictionary<int, byte[]> held = HeldOf(upload);
            foreach (UploadedPart part in parts)
            {
                if (!held.TryGetValue(part.Number, out byte[]? one) || TagOf(one) != part.Tag)
                    throw new RemoteException(store.Location, $"part {part.Number} of '{upload.Name}' is not there");
            }
            bytes = [.. parts.OrderBy(p => p.Number).SelectMany(p => held[p.Number])];
        }
        WriteOutcome outcome = await store.WriteAsync(upload.Name, new BytesContent(bytes), upload.Mode, cancellationToken);
        lock (_lock)
        {
            _uploads.Remove(upload.Id);
            if (outcome == WriteOutcome.Written)
                _completed.Add(upload.Id);
        }
        return outcome;
    }

    public Task AbortAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        lock (_lock)
            _uploads.Remove(upload.Id);
        return Task.CompletedTask;
    }

    private SortedDictionary<int, byte[]> HeldOf(PartUpload upload) =>
        _uploads.TryGetValue(upload.Id, out SortedDictionary<int, byte[]>? held) ? held : throw new UploadGoneException(store.Location, upload.Name);

    private static string TagOf(byte[] bytes) => Convert.ToHexStringLower(System.IO.Hashing.XxHash3.Hash(bytes));
}
