using System.IO.Hashing;
using System.Text;

namespace DataVersion.Workspaces;

/// <summary>By what a table finds a workspace path: a hash that nobody can aim at who does not know the table's seed.</summary>
internal static class PathKey
{
    private const int OnStack = 1024;

    public static UInt128 Of(string path, ulong seed)
    {
        int length = Encoding.UTF8.GetMaxByteCount(path.Length);
        Span<byte> bytes = length <= OnStack ? stackalloc byte[OnStack] : new byte[length];
        return XxHash128.HashToUInt128(bytes[..Encoding.UTF8.GetBytes(path, bytes)], unchecked((long)seed));
    }
}
