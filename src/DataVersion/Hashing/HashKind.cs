using System.Security.Cryptography;

namespace DataVersion.Hashing;

/// <summary>The hash algorithms that name objects. A closed set: a new one is a new format version.</summary>
public enum HashKind : byte
{
    /// <summary>SHA-256 (FIPS 180-4), the default: a remote need not be trusted.</summary>
    Sha256 = 1,

    /// <summary>XXH128 with seed 0, canonical (big-endian) digest; for closed, trusted settings only.</summary>
    Xxh128 = 2,

    /// <summary>MD5 (RFC 1321); only for data that DVC wrote.</summary>
    Md5 = 3,
}

/// <summary>What depends on the algorithm, in one place.</summary>
public static class HashKinds
{
    /// <summary>The algorithm's name in ids, folder names and settings.</summary>
    public static string Name(this HashKind kind) => kind switch
    {
        HashKind.Sha256 => "sha256",
        HashKind.Xxh128 => "xxh128",
        HashKind.Md5 => "md5",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Length of a digest in bytes.</summary>
    public static int DigestLength(this HashKind kind) => kind switch
    {
        HashKind.Sha256 => SHA256.HashSizeInBytes,
        HashKind.Xxh128 => 16,
        HashKind.Md5 => MD5.HashSizeInBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The algorithm of that exact, lower-case name.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out HashKind kind)
    {
        kind = name switch
        {
            "sha256" => HashKind.Sha256,
            "xxh128" => HashKind.Xxh128,
            "md5" => HashKind.Md5,
            _ => 0,
        };
        return kind != 0;
    }
}
