using DataVersion.Storage;

namespace DataVersion.Testing.Stores;

/// <summary>Short forms for tests.</summary>
public static class BlobStoreExtensions
{
    extension(IBlobStore store)
    {
        public Task<WriteOutcome> PutAsync(string name, byte[] bytes, WriteMode mode = WriteMode.IfAbsent, CancellationToken cancellationToken = default) =>
            store.WriteAsync(name, new BytesContent(bytes), mode, cancellationToken);

        public async Task<byte[]> GetAsync(string name, ByteRange? range = null, CancellationToken cancellationToken = default)
        {
            await using Stream stream = await store.OpenReadAsync(name, range, cancellationToken);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy, cancellationToken);
            return copy.ToArray();
        }

        public async Task<List<string>> NamesAsync(string prefix = "", CancellationToken cancellationToken = default)
        {
            var names = new List<string>();
            await foreach (BlobInfo blob in store.ListAsync(prefix, cancellationToken))
                names.Add(blob.Name);
            return names;
        }
    }
}
