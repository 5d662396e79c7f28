using System.Globalization;
using System.Text;

namespace DataVersion.Caching;

/// <summary>What a claim says (docs/format.md, "Claims"): who is downloading something into a cache.</summary>
/// <param name="Token">Tells this claim from every other; visible ASCII.</param>
/// <param name="Host">The machine's name, for messages.</param>
/// <param name="Process">The process's number there, for messages.</param>
/// <param name="Started">When, by the claimer's clock; for people.</param>
internal sealed record ClaimLine(string Token, string Host, int Process, DateTimeOffset Started)
{
    /// <summary>The most bytes that a claim has.</summary>
    public const int MaxBytes = 512;

    private const string First = "dv-claim";
    private const string Version = "1";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const int MaxWord = 128;

    /// <summary>The claim's bytes.</summary>
    public byte[] Format() => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{First} {Version} {Token} {Word(Host)} {Process} {Started.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n"));

    /// <summary>Reads a claim; null for bytes that are none, as of a file that is not yet written or of a later version.</summary>
    public static ClaimLine? TryParse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxBytes || bytes[^1] != '\n' || bytes[..^1].ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return null;
        string[] words = Encoding.ASCII.GetString(bytes[..^1]).Split(' ');
        return words is [First, Version, { Length: > 0 and <= MaxWord } token, { Length: > 0 and <= MaxWord } host, var process, var started]
            && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && DateTimeOffset.TryParseExact(started, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? new ClaimLine(token, host, number, time)
                : null;
    }

    // A machine may call itself anything.
    private static string Word(string text)
    {
        string word = string.Concat(text.Take(MaxWord).Select(c => c is > ' ' and <= '~' ? c : '?'));
        return word.Length == 0 ? "?" : word;
    }
}
