using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataVersion.Hashing;

/// <summary>
/// The name of an object: hash algorithm and digest, written <c>sha256:9f86…</c> in lower-case hex (docs/format.md).
/// The default value names nothing and is equal only to itself.
/// </summary>
public readonly struct ObjectId : IEquatable<ObjectId>, IComparable<ObjectId>, ISpanParsable<ObjectId>
{
    private const int MaxDigestLength = 32;
    private readonly Buffer32 _digest;
    private readonly HashKind _kind;

    /// <summary>Makes an id from a digest of exactly the algorithm's length.</summary>
    /// <exception cref="ArgumentException">The digest has another length.</exception>
    public ObjectId(HashKind kind, ReadOnlySpan<byte> digest)
    {
        if (digest.Length != kind.DigestLength())
            throw new ArgumentException($"a {kind.Name()} digest has {kind.DigestLength()} bytes, not {digest.Length}", nameof(digest));
        _kind = kind;
        digest.CopyTo(_digest);
    }

    /// <summary>The algorithm; 0 in the default value.</summary>
    public HashKind Kind => _kind;

    /// <summary>True for the default value, which names nothing.</summary>
    public bool IsEmpty => _kind == 0;

    /// <summary>The digest's bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Digest => IsEmpty ? default : ((ReadOnlySpan<byte>)_digest)[.._kind.DigestLength()];

    /// <summary>The digest in lower-case hex, without the algorithm.</summary>
    public string Hex => Convert.ToHexStringLower(Digest);

    /// <summary>The first digits, for messages: <c>sha256:9f86d081</c>.</summary>
    public string Abbreviated => IsEmpty ? "(none)" : $"{_kind.Name()}:{Hex[..8]}";

    /// <inheritdoc/>
    public override string ToString() => IsEmpty ? "(none)" : $"{_kind.Name()}:{Hex}";

    /// <summary>Reads <c>ALGORITHM:HEX</c>; upper-case digits, a wrong length or an unknown algorithm do not parse.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ObjectId result)
    {
        result = default;
        int colon = s.IndexOf(':');
        return colon > 0 && HashKinds.TryParse(s[..colon], out HashKind kind) && TryParseHex(kind, s[(colon + 1)..], out result);
    }

    /// <summary>Reads a digest in lower-case hex.</summary>
    public static bool TryParseHex(HashKind kind, ReadOnlySpan<char> hex, out ObjectId result)
    {
        result = default;
        if (hex.Length != kind.DigestLength() * 2 || hex.ContainsAnyInRange('A', 'F'))
            return false;
        Span<byte> digest = stackalloc byte[MaxDigestLength];
        if (Convert.FromHexString(hex, digest, out _, out int written) != System.Buffers.OperationStatus.Done)
            return false;
        result = new ObjectId(kind, digest[..written]);
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, IFormatProvider?, out ObjectId)"/>
    public static bool TryParse(ReadOnlySpan<char> s, out ObjectId result) => TryParse(s, null, out result);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ObjectId result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    /// <exception cref="System.FormatException">The text is not an id.</exception>
    public static ObjectId Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out ObjectId id) ? id : throw new System.FormatException($"'{s}' is not an object id");

    /// <inheritdoc/>
    public static ObjectId Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public bool Equals(ObjectId other) => _kind == other._kind && Digest.SequenceEqual(other.Digest);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ObjectId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => MemoryMarshal.Read<int>(_digest);

    /// <summary>Orders by algorithm, then by digest.</summary>
    public int CompareTo(ObjectId other) => _kind != other._kind ? _kind.CompareTo(other._kind) : Digest.SequenceCompareTo(other.Digest);

    /// <inheritdoc cref="Equals(ObjectId)"/>
    public static bool operator ==(ObjectId left, ObjectId right) => left.Equals(right);

    /// <inheritdoc cref="Equals(ObjectId)"/>
    public static bool operator !=(ObjectId left, ObjectId right) => !left.Equals(right);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(ObjectId left, ObjectId right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(ObjectId left, ObjectId right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(ObjectId left, ObjectId right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(ObjectId left, ObjectId right) => left.CompareTo(right) >= 0;

    [InlineArray(MaxDigestLength)]
    private struct Buffer32
    {
        private byte _first;
    }
}
