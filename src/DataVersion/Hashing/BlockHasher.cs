using System.Security.Cryptography;

namespace DataVersion.Hashing;

/// <summary>
/// Builds a block list: the SHA-256 of each 8 MiB of a file over 64 MiB, concatenated, so that a range can be checked by itself
/// (docs/format.md, "Block list"). Always SHA-256, whatever names the file.
/// </summary>
public sealed class BlockHasher : IDisposable
{
    /// <summary>Bytes in each block but the last.</summary>
    public const int BlockSize = 8 * 1024 * 1024;

    /// <summary>Files of more bytes than this have a block list.</summary>
    public const long Threshold = 64L * 1024 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MemoryStream _digests = new();
    private int _inBlock;

    /// <summary>Number of blocks of a file of <paramref name="size"/> bytes.</summary>
    public static long CountBlocks(long size) => (size + BlockSize - 1) / BlockSize;

    /// <summary>Bytes of the block list of a file of <paramref name="size"/> bytes; null where that is not known.</summary>
    public static long? ListSize(long? size) => size is { } bytes ? CountBlocks(bytes) * SHA256.HashSizeInBytes : null;

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> part = data[..Math.Min(data.Length, BlockSize - _inBlock)];
            _hash.AppendData(part);
            _inBlock += part.Length;
            if (_inBlock == BlockSize)
                EndBlock();
            data = data[part.Length..];
        }
    }

    /// <summary>The list's bytes: 32 for each block.</summary>
    public byte[] Finish()
    {
        if (_inBlock > 0)
            EndBlock();
        return _digests.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash.Dispose();
        _digests.Dispose();
    }

    private void EndBlock()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(digest);
        _digests.Write(digest);
        _inBlock = 0;
    }
}
