namespace DataVersion.Storage;

/// <summary>Content that is at hand.</summary>
public sealed class BytesContent(ReadOnlyMemory<byte> bytes) : IContent
{
    /// <inheritdoc/>
    public long Length => bytes.Length;

    /// <inheritdoc/>
    public Stream OpenRead(long offset = 0) => new ReadOnlyMemoryStream(bytes[(int)offset..]);

    /// <inheritdoc/>
    public override string ToString() => $"{bytes.Length} bytes";
}
