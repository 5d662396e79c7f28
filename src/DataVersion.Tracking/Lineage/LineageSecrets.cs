using System.Text.RegularExpressions;

namespace DataVersion.Tracking.Lineage;

/// <summary>URLs and texts as they may leave this machine: without user names, passwords, and the queries in which signatures travel.</summary>
internal static partial class LineageSecrets
{
    private const int MaxText = 8 * 1024;

    /// <summary>Text of any kind; credentials of the URLs in it are replaced by <c>****</c>, and it is cut to 8 KiB.</summary>
    public static string Redact(string text)
    {
        string cut = text.Length <= MaxText ? text : $"{text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)]}…";
        return UrlInText().Replace(cut, match =>
            $"{match.Groups["scheme"].Value}{(match.Groups["user"].Success ? "****@" : "")}{match.Groups["rest"].Value}{(match.Groups["query"].Success ? "?****" : "")}");
    }

    /// <summary>A URL, or what stands in its place, without credentials and query.</summary>
    public static string Strip(string url) => UrlInText().Replace(url, match => $"{match.Groups["scheme"].Value}{match.Groups["rest"].Value}");

    /// <summary>The repository as a URI that names no user but <c>git</c>; null where it is a path of this machine, or nothing.</summary>
    public static Uri? Repository(string? repository)
    {
        if (string.IsNullOrWhiteSpace(repository))
            return null;
        Match scp = ScpForm().Match(repository);
        string text = scp.Success ? $"ssh://{scp.Groups["host"].Value}/{scp.Groups["path"].Value.TrimStart('/')}" : Strip(repository);
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https" or "ssh" or "git") || uri.Host.Length == 0)
            return null;
        var clean = new UriBuilder(uri) { UserName = uri.Scheme == "ssh" ? "git" : "", Password = "", Query = "", Fragment = "" };
        return clean.Uri;
    }

    [GeneratedRegex("""(?<scheme>\b[A-Za-z][A-Za-z0-9+.-]{0,30}://)(?:(?<user>[^\s/?#'"<>]*)@)?(?<rest>[^\s?'"<>]*)(?<query>\?[^\s'"<>]*)?""", RegexOptions.CultureInvariant)]
    private static partial Regex UrlInText();

    [GeneratedRegex("^(?:[^@/:]+@)?(?<host>[A-Za-z0-9._-]{2,}):(?!//)(?<path>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex ScpForm();
}
