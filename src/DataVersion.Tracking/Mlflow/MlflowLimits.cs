using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Tracking.Mlflow;

/// <summary>
/// What a server takes (MLflow 2.19 and 3.6, tried). Beyond some of these it refuses; values of params and tags it cuts without a word, so they are
/// cut here, visibly.
/// </summary>
public static class MlflowLimits
{
    /// <summary>Metric points of one request.</summary>
    public const int MetricsPerBatch = 1000;

    /// <summary>Params of one request.</summary>
    public const int ParamsPerBatch = 100;

    /// <summary>Tags of one request.</summary>
    public const int TagsPerBatch = 100;

    /// <summary>Characters of a name.</summary>
    public const int Key = 250;

    /// <summary>Characters of a param's value.</summary>
    public const int ParamValue = 6000;

    /// <summary>Characters of a tag's value.</summary>
    public const int TagValue = 8000;

    /// <summary>Characters of a dataset's name.</summary>
    public const int DatasetName = 500;

    /// <summary>Characters of a dataset's digest.</summary>
    public const int Digest = 36;

    /// <summary>Characters of a dataset's source.</summary>
    public const int DatasetSource = 65_535;

    /// <summary>Characters of a dataset's profile.</summary>
    public const int DatasetProfile = 16_777_215;

    /// <summary>Tags with the original of a name that the server would not take.</summary>
    public const string NameTag = "dv.name.";

    /// <summary>What ends a value that was cut.</summary>
    public const string CutMark = "… (whole value in provenance/)";

    // Proxies often stop at 1 MiB; a request stays below that unless one value alone is longer.
    internal const int BodyBytes = 900_000;

    private const int HashLength = 8;

    /// <summary>The digest by which MLflow knows a dataset: an MD5 as it is (with <c>.dir</c>, exactly 36 characters), of others the first 36 hex digits.</summary>
    /// <param name="algorithm">Such as <c>sha256</c>.</param>
    /// <param name="hex">The hash in hex.</param>
    public static string DatasetDigest(string algorithm, string hex)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        ArgumentNullException.ThrowIfNull(hex);
        return hex.Length <= Digest ? hex : hex[..Digest];
    }

    /// <summary>
    /// A name that every server takes: letters, digits and <c>_ - . space : /</c>, at most 250 characters, and no path that means another one.
    /// One that is fine stays; another becomes, always in the same way, a similar one that ends in eight hex digits of its SHA-256.
    /// </summary>
    public static string MapKey(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (IsKey(name))
            return name;
        var mapped = new StringBuilder();
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (IsAllowed(rune) && rune.Value != '/')
                mapped.Append(rune.ToString());
            else
                mapped.Append('_');
        }
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashLength];
        // Room for the tag that keeps the original under NameTag and this name.
        string head = Head(mapped.ToString(), Key - NameTag.Length - HashLength - 1);
        return $"{(head.StartsWith('.') ? $"_{head[1..]}" : head)}-{hash}";
    }

    /// <summary>A param's value as it is sent.</summary>
    public static string CutParam(string value) => Cut(value, ParamValue);

    /// <summary>A tag's value as it is sent.</summary>
    public static string CutTag(string value) => Cut(value, TagValue);

    internal static string Cut(string value, int limit)
    {
        ArgumentNullException.ThrowIfNull(value);
        // No database takes NUL in a text, and half a surrogate pair is no text.
        string text = value.Contains('\0', StringComparison.Ordinal) ? value.Replace('\0', '\uFFFD') : value;
        return text.Length <= limit ? text : Head(text, limit - CutMark.Length) + CutMark;
    }

    /// <summary>The first characters, without tearing a pair apart.</summary>
    internal static string Head(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    /// <summary>Cuts a list so that no part has more items, or (by an upper estimate) more bytes, than a request may have.</summary>
    internal static IEnumerable<IReadOnlyList<T>> Split<T>(IReadOnlyList<T> items, int count, Func<T, int> characters)
    {
        var part = new List<T>();
        int size = 0;
        foreach (T item in items)
        {
            int bytes = (characters(item) * 3) + 100;
            if (part.Count > 0 && (part.Count >= count || size + bytes > BodyBytes))
            {
                yield return part;
                part = [];
                size = 0;
            }
            part.Add(item);
            size += bytes;
        }
        if (part.Count > 0)
            yield return part;
    }

    private static bool IsKey(string name)
    {
        if (name.Length is 0 or > Key || name[0] == '/' || name[^1] == '/')
            return false;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (!IsAllowed(rune))
                return false;
        }
        // As posixpath.normpath would have it: a name that is another path when normalised is refused.
        return !name.Split('/').Any(part => part is "" or "." or "..");
    }

    private static bool IsAllowed(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is '_' or '-' or '.' or ' ' or ':' or '/';
}
