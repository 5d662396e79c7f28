using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Remotes.S3;

/// <summary>
/// AWS Signature Version 4 for S3 requests (docs.aws.amazon.com, "Signature Version 4 signing process"). The key that a day's signatures
/// share is kept. May be used from many threads at once.
/// </summary>
internal sealed class S3Signature(string region)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private DayKey? _last;

    /// <summary>The value of the Authorization header.</summary>
    /// <param name="keys">Whose signature.</param>
    /// <param name="time">Also sent as <c>x-amz-date</c>.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">The path, encoded as it is sent.</param>
    /// <param name="query">The query, encoded and sorted by name, without '?'.</param>
    /// <param name="headers">The headers that the signature covers: lower-case names in ordinal order.</param>
    /// <param name="payloadHash">What <c>x-amz-content-sha256</c> says.</param>
    public string Sign(
        S3Keys keys, DateTimeOffset time, string method, string path, string query, SortedList<string, string> headers, string payloadHash)
    {
        string day = time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        string scope = $"{day}/{region}/s3/aws4_request";
        string names = string.Join(';', headers.Keys);
        var canonical = new StringBuilder(1024);
        canonical.Append(method).Append('\n').Append(path).Append('\n').Append(query).Append('\n');
        foreach ((string name, string value) in headers)
            canonical.Append(name).Append(':').Append(value.Trim()).Append('\n');
        canonical.Append('\n').Append(names).Append('\n').Append(payloadHash);

        string toSign = $"{Algorithm}\n{Date(time)}\n{scope}\n{Sha256Hex(canonical.ToString())}";
        byte[] signature = HMACSHA256.HashData(KeyOf(keys, day), Encoding.UTF8.GetBytes(toSign));
        return $"{Algorithm} Credential={keys.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={Convert.ToHexStringLower(signature)}";
    }

    /// <summary>A time as <c>x-amz-date</c> has it.</summary>
    public static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Sha256Hex(string text)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int count = Encoding.UTF8.GetBytes(text, bytes);
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, count)));
        ArrayPool<byte>.Shared.Return(bytes);
        return hash;
    }

    private byte[] KeyOf(S3Keys keys, string day)
    {
        DayKey? last = _last;
        if (last is not null && last.Day == day && last.Secret == keys.SecretAccessKey)
            return last.Key;
        byte[] key = Encoding.UTF8.GetBytes($"AWS4{keys.SecretAccessKey}");
        foreach (string part in (string[])[day, region, "s3", "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        _last = new DayKey(day, keys.SecretAccessKey, key);
        return key;
    }

    private sealed record DayKey(string Day, string Secret, byte[] Key)
    {
        // A secret must not reach a log that prints records.
        public override string ToString() => Day;
    }
}
