using System.IO.Hashing;

namespace DataVersion.Remotes.Azure;

/// <summary>XXH128 of a part's bytes, as 32 hexadecimal digits: tells two clients' parts apart, and is never an identity.</summary>
internal static class AzureFingerprint
{
    private const int BufferSize = 128 * 1024;

    public static async Task<string> OfAsync(Stream stream, CancellationToken cancellationToken)
    {
        var hash = new XxHash128();
        var buffer = new byte[BufferSize];
        while (await stream.ReadAsync(buffer, cancellationToken) is int count and > 0)
            hash.Append(buffer.AsSpan(0, count));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
