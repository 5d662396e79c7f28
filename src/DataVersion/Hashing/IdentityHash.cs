using System.IO.Hashing;
using System.Security.Cryptography;

namespace DataVersion.Hashing;

/// <summary>An incremental hash of any <see cref="HashKind"/>: the one place that picks an implementation.</summary>
public sealed class IdentityHash : IDisposable
{
    private readonly HashKind _kind;
    private readonly IncrementalHash? _cryptographic;
    private readonly XxHash128? _xxh;

    /// <summary>Begins a hash.</summary>
    public IdentityHash(HashKind kind)
    {
        _kind = kind;
        switch (kind)
        {
            case HashKind.Sha256:
                _cryptographic = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                break;
            case HashKind.Md5:
                _cryptographic = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
                break;
            default:
                _xxh = new XxHash128();
                break;
        }
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (_cryptographic is not null)
            _cryptographic.AppendData(data);
        else
            _xxh!.Append(data);
    }

    /// <summary>The id of all bytes so far; begins anew.</summary>
    public ObjectId Finish()
    {
        Span<byte> digest = stackalloc byte[32];
        int length = _kind.DigestLength();
        if (_cryptographic is not null)
            _cryptographic.GetHashAndReset(digest);
        else
            _xxh!.GetHashAndReset(digest);
        return new ObjectId(_kind, digest[..length]);
    }

    /// <summary>The id of bytes that are at hand.</summary>
    public static ObjectId Of(HashKind kind, ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[32];
        switch (kind)
        {
            case HashKind.Sha256:
                SHA256.HashData(data, digest);
                break;
            case HashKind.Md5:
#pragma warning disable CA5351 // MD5 names the data that DVC wrote; it is never offered for anything else.
                MD5.HashData(data, digest);
#pragma warning restore CA5351
                break;
            default:
                XxHash128.Hash(data, digest);
                break;
        }
        return new ObjectId(kind, digest[..kind.DigestLength()]);
    }

    /// <inheritdoc/>
    public void Dispose() => _cryptographic?.Dispose();
}
