namespace DataVersion.Storage;

/// <summary>Reads what a remote sends into memory, and never more than it may.</summary>
public static class BoundedReader
{
    /// <summary>All bytes of a small blob; null where there is none of that name.</summary>
    /// <exception cref="InvalidFormatException">It is larger; <paramref name="title"/> is how messages call it.</exception>
    public static async Task<byte[]?> TryReadAsync(IBlobStore store, string name, int maxBytes, string title, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream stream = await store.OpenReadAsync(name, null, cancellationToken);
            return await ReadAsync(stream, maxBytes, cancellationToken)
                ?? throw new InvalidFormatException(title, null, $"has more than {maxBytes} bytes", null, ErrorKind.Remote);
        }
        catch (BlobNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The stream's bytes up to its end; null where there are more than <paramref name="maxBytes"/>.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[Math.Min(maxBytes + 1, 64 * 1024)];
        while (await stream.ReadAsync(buffer, cancellationToken) is int count and > 0)
        {
            if (bytes.Length + count > maxBytes)
                return null;
            bytes.Write(buffer, 0, count);
        }
        return bytes.ToArray();
    }
}
