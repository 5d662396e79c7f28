using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Tracking.Records;

/// <summary>One hash for all data of a run: SHA-256 over a line for each path, in the order of the paths' UTF-8 bytes (docs/format.md, "Runs").</summary>
public static class DataDigest
{
    /// <summary>The digest in hex; null where there are no data.</summary>
    public static string? Of(IEnumerable<DataFacts> data)
    {
        List<string> lines = [.. data.Select(d => $"{Escape(d.Inside is null ? d.Path : $"{d.Path}/{d.Inside}")}\t{d.Algo}:{d.Hash}\n")];
        if (lines.Count == 0)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] line in lines.Select(Encoding.UTF8.GetBytes).Order(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))))
            hash.AppendData(line);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Escape(string path) =>
        path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);
}
