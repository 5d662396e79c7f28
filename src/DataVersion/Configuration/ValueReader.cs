using System.Globalization;
using System.Text.RegularExpressions;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>Reads typed values; an error names the place, the key and what would be right. Secrets are never quoted.</summary>
internal static class ValueReader
{
    private const int MaxJobs = 256;

    private static readonly string[] True = ["true", "yes", "on", "1"];
    private static readonly string[] False = ["false", "no", "off", "0"];

    /// <summary>Refuses a value of a known key that does not read.</summary>
    public static void Check(ConfigValue value, ValueKind kind)
    {
        _ = kind switch
        {
            ValueKind.Boolean => Boolean(value),
            ValueKind.Jobs => Jobs(value),
            ValueKind.Hash => Hash(value),
            ValueKind.Links => Links(value),
            ValueKind.Paths => Paths(value),
            ValueKind.Layout => Layout(value),
            ValueKind.Compression => Compression(value),
            _ => (object)Text(value),
        };
    }

    public static string Text(ConfigValue value) =>
        value.Text is { Length: > 0 } text ? text : throw new UsageException($"{value.Where}: has no value");

    public static bool Boolean(ConfigValue value) =>
        TryBoolean(value.Text, out bool read) ? read : throw Wrong(value, "true or false");

    /// <summary>As Git reads booleans; null, a key without <c>=</c>, is true.</summary>
    public static bool TryBoolean(string? text, out bool value)
    {
        value = text is null || True.Contains(text, StringComparer.OrdinalIgnoreCase);
        return value || False.Contains(text, StringComparer.OrdinalIgnoreCase);
    }

    public static int Jobs(ConfigValue value) =>
        int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int jobs) && jobs is >= 1 and <= MaxJobs
            ? jobs
            : throw Wrong(value, $"a number from 1 to {MaxJobs}");

    public static HashKind Hash(ConfigValue value) => value.Text switch
    {
        "sha256" => HashKind.Sha256,
        "xxh128" => HashKind.Xxh128,
        _ => throw Wrong(value, "sha256 or xxh128"),
    };

    /// <summary>How objects lie on a remote that is made.</summary>
    public static string Layout(ConfigValue value) => OneOf(value, RemoteFormat.Layouts);

    /// <summary>What is stored of them.</summary>
    public static string Compression(ConfigValue value) => OneOf(value, RemoteFormat.Compressions);

    /// <summary>Kinds of links in the order of preference, separated by commas.</summary>
    public static IReadOnlyList<LinkKind> Links(ConfigValue value)
    {
        List<LinkKind> links = [];
        foreach (string name in (value.Text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            LinkKind? link = name switch
            {
                "reflink" => LinkKind.Reflink,
                "hardlink" => LinkKind.Hardlink,
                "symlink" => LinkKind.Symlink,
                "copy" => LinkKind.Copy,
                _ => null,
            };
            if (link is not { } kind || links.Contains(kind))
                throw Wrong(value, "a list of reflink, hardlink, symlink, copy, each once");
            links.Add(kind);
        }
        return links;
    }

    /// <summary>Regular expressions, separated by white space; they are run without backtracking, so that none can take for ever.</summary>
    public static IReadOnlyList<string> Patterns(ConfigValue value)
    {
        string[] patterns = Text(value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        foreach (string pattern in patterns)
        {
            try
            {
                _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw Wrong(value, $"a list of regular expressions: {e.Message.ReplaceLineEndings(" ")}");
            }
        }
        return patterns;
    }

    /// <summary>Absolute folders, or such that begin with <c>~</c>, separated as in <c>PATH</c>; none where the value is empty.</summary>
    public static IReadOnlyList<string> Paths(ConfigValue value)
    {
        string[] paths = (value.Text ?? "").Split(Path.PathSeparator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Array.TrueForAll(paths, p => Path.IsPathFullyQualified(p) || p == "~" || p.StartsWith("~/", StringComparison.Ordinal))
            ? paths
            : throw Wrong(value, $"a list of absolute folders, separated by '{Path.PathSeparator}'");
    }

    private static string OneOf(ConfigValue value, IReadOnlyList<string> words) =>
        value.Text is { } text && words.Contains(text) ? text : throw Wrong(value, string.Join(" or ", words));

    private static UsageException Wrong(ConfigValue value, string right) =>
        new($"{value.Where}: '{PathRules.Printable(value.Text ?? "")}' is not {right}");
}
