using System.Buffers.Binary;
using System.IO.Hashing;

namespace DataVersion.Hashing;

/// <summary>Identity, fingerprint and block list of a file in one pass over its bytes.</summary>
public sealed class ContentHasher : IDisposable
{
    // Below this the hand-over to another thread costs more than it saves.
    private const int ParallelFrom = 256 * 1024;

    private readonly IdentityHash _identity;
    private readonly XxHash128? _fingerprint;
    private readonly BlockHasher? _blocks;
    private long _size;

    /// <param name="kind">The algorithm of the identity.</param>
    /// <param name="expectedSize">The size where it is known: files that cannot exceed 64 MiB are spared the block hashes.</param>
    /// <param name="fingerprintSeed">The index's seed, or null for no fingerprint.</param>
    public ContentHasher(HashKind kind, long? expectedSize, ulong? fingerprintSeed)
    {
        _identity = new IdentityHash(kind);
        _fingerprint = fingerprintSeed is { } seed ? new XxHash128(unchecked((long)seed)) : null;
        // A file may grow beyond what stat said; the caller's second stat finds that and hashes again.
        _blocks = expectedSize is null or > BlockHasher.Threshold ? new BlockHasher() : null;
    }

    /// <summary>Adds bytes; they may be reused when the call returns.</summary>
    public void Append(ReadOnlyMemory<byte> data)
    {
        _size += data.Length;
        if (_blocks is not null && data.Length >= ParallelFrom)
        {
            // SHA-256 twice is the cost of a block list: on two cores it is paid once.
            Task blocks = Task.Run(() => _blocks.Append(data.Span));
            AppendWhole(data.Span);
            blocks.GetAwaiter().GetResult();
            return;
        }
        AppendWhole(data.Span);
        _blocks?.Append(data.Span);
    }

    /// <summary>Ends the pass.</summary>
    public HashedContent Finish()
    {
        Span<byte> fingerprint = stackalloc byte[16];
        _fingerprint?.GetHashAndReset(fingerprint);
        byte[]? blocks = _size > BlockHasher.Threshold ? _blocks?.Finish() : null;
        return new HashedContent(_identity.Finish(), _size, new Fingerprint(BinaryPrimitives.ReadUInt128BigEndian(fingerprint)), blocks);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _identity.Dispose();
        _blocks?.Dispose();
    }

    private void AppendWhole(ReadOnlySpan<byte> data)
    {
        _identity.Append(data);
        _fingerprint?.Append(data);
    }
}
