using System.Diagnostics.CodeAnalysis;

namespace DataVersion.Trainer.Data;

/// <summary>Compares words by their bytes, so that one is looked up without being copied.</summary>
internal sealed class Utf8Words : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    internal static readonly Utf8Words Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        // Unlike HashCode's, it has no seed of the process: where a dictionary is walked, it is walked alike in every run.
        ulong hash = (ulong)alternate.Length;
        while (alternate.Length >= sizeof(ulong))
        {
            hash = RowHash.Mix(hash ^ BitConverter.ToUInt64(alternate));
            alternate = alternate[sizeof(ulong)..];
        }
        ulong rest = 0;
        foreach (byte b in alternate)
            rest = (rest << 8) | b;
        return (int)RowHash.Mix(hash ^ rest);
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
