using System.Text.RegularExpressions;

namespace DataVersion.Git;

/// <summary>URLs of Git repositories: which of them may be fetched from, and how they are shown.</summary>
public static partial class GitUrl
{
    private const string Known = "known are https://, http://, ssh://, git://, file://, USER@HOST:PATH and paths";
    private static readonly string[] Schemes = ["https", "http", "ssh", "git", "file"];

    /// <summary>Refuses what is no plain place: options, remote helpers (<c>ext::</c> would run a command) and unknown schemes.</summary>
    /// <exception cref="UsageException">The URL may not be fetched from; the message shows it without credentials.</exception>
    public static void Check(string url)
    {
        string? problem = url.Length == 0 ? "is empty"
            : url.Any(char.IsControl) ? "holds control characters"
            : url[0] == '-' ? "begins with '-'"
            : Helper().IsMatch(url) ? "names a remote helper, which may be any program"
            : SchemeOf(url) is { } scheme && !Schemes.Contains(scheme) ? "has an unknown scheme"
            : HostOf(url).StartsWith('-') ? "has a host that begins with '-'"
            : null;
        if (problem is not null)
            throw new UsageException($"the Git repository's URL '{Printable(WithoutCredentials(url))}' {problem}", Known);
    }

    /// <summary>True for a path of this machine that is not written as a URL.</summary>
    public static bool IsPath(string url) => SchemeOf(url) is null && HostOf(url).Length == 0;

    /// <summary>
    /// The URL without password, token or query. The user name of ssh, which is no secret and part of the address, stays. Any text may be passed.
    /// </summary>
    public static string WithoutCredentials(string url)
    {
        int start = url.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
        {
            int user = url.IndexOf('@', StringComparison.Ordinal);
            bool secret = user > 0 && url.AsSpan(0, user).Contains(':') && !url.AsSpan(0, user).Contains('/');
            return secret ? url[(user + 1)..] : url;
        }
        start += 3;
        bool isWeb = url.StartsWith("http", StringComparison.OrdinalIgnoreCase);
        int query = isWeb ? url.AsSpan(start).IndexOfAny('?', '#') : -1;
        string rest = query < 0 ? url[start..] : url.Substring(start, query);
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        int at = rest.AsSpan(0, slash < 0 ? rest.Length : slash).LastIndexOf('@');
        if (at < 0)
            return url[..start] + rest;
        int colon = rest.AsSpan(0, at).IndexOf(':');
        string name = isWeb ? "" : rest[..(colon < 0 ? at : colon)];
        return url[..start] + (name.Length == 0 ? "" : name + "@") + rest[(at + 1)..];
    }

    /// <summary>Scheme, host and port of a web address as it writes them; null for any other place.</summary>
    internal static string? OriginOf(string url) => SchemeOf(url) is { } scheme && scheme is ("https" or "http") && HostOf(url) is { Length: > 0 } host ? $"{scheme}://{host}" : null;

    /// <summary>Whether a web address names a user.</summary>
    internal static bool HasUser(string url) => UserOf(url) is not null;

    /// <summary>Whether it has a password, or a token in its place.</summary>
    internal static bool HasPassword(string url) => UserOf(url)?.Contains(':', StringComparison.Ordinal) == true;

    private static string? UserOf(string url)
    {
        int start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        string authority = start < 3 ? "" : url[start..].Split('/')[0];
        return authority.LastIndexOf('@') is > 0 and int at ? authority[..at] : null;
    }

    /// <summary>What git printed about a repository, without the credentials that it may repeat.</summary>
    internal static string Scrub(string text, string url) =>
        Query().Replace(UserInfo().Replace(text.Replace(url, WithoutCredentials(url), StringComparison.Ordinal), "://"), "$1");

    private static string? SchemeOf(string url) =>
        url.IndexOf("://", StringComparison.Ordinal) is >= 0 and int end ? url[..end].ToLowerInvariant() : null;

    // Of a URL, or of ssh's short form HOST:PATH; empty where there is none. One letter before the colon is a drive of Windows.
    private static string HostOf(string url)
    {
        int start = url.IndexOf("://", StringComparison.Ordinal);
        string rest = start < 0 ? url : url[(start + 3)..];
        int end = rest.IndexOf('/', StringComparison.Ordinal);
        if (start < 0)
        {
            int colon = rest.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || (end >= 0 && end < colon) || (colon == 1 && OperatingSystem.IsWindows()))
                return "";
            end = colon;
        }
        string authority = end < 0 ? rest : rest[..end];
        return authority[(authority.LastIndexOf('@') + 1)..];
    }

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? "?" : c.ToString()));

    [GeneratedRegex("^[A-Za-z0-9+.-]*::")]
    private static partial Regex Helper();

    [GeneratedRegex(@"://[^/\s']*@")]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(https?://[^\s'?#]*)[?#][^\s']*")]
    private static partial Regex Query();
}
