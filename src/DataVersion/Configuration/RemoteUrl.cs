using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>What a remote's URL leads to.</summary>
public enum RemoteKind
{
    /// <summary>A directory: a path, or <c>file:///path</c>.</summary>
    Directory,

    /// <summary><c>s3://bucket/prefix</c></summary>
    S3,

    /// <summary><c>gs://bucket/prefix</c></summary>
    GoogleCloudStorage,

    /// <summary><c>azure://container/prefix</c></summary>
    Azure,

    /// <summary><c>https://…</c> or <c>http://…</c></summary>
    Http,
}

/// <summary>A remote's URL, taken apart. It never holds credentials.</summary>
public sealed record RemoteUrl
{
    private const string KnownSchemes = "a directory, file://, s3://, gs://, azure:// or https://";

    /// <summary>What it leads to.</summary>
    public required RemoteKind Kind { get; init; }

    /// <summary>Bucket, container, or host with port; empty for a directory.</summary>
    public required string Authority { get; init; }

    /// <summary>A directory's path, absolute or as written; else what follows the authority, without slashes at its ends.</summary>
    public required string Path { get; init; }

    /// <summary>True for <c>http://</c>, where others on the way can read and change what is sent.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Takes a URL or a path apart.</summary>
    /// <exception cref="UsageException">An unknown scheme, credentials, a query, or no bucket.</exception>
    public static RemoteUrl Parse(string text)
    {
        if (text.Length == 0)
            throw new UsageException("a remote's URL is empty", KnownSchemes);
        if (text.Any(char.IsControl))
            throw new UsageException($"the URL '{PathRules.Printable(Redact(text))}' holds control characters", KnownSchemes);
        int colon = text.IndexOf("://", StringComparison.Ordinal);
        if (colon < 0)
            return ParsePath(text);
        string scheme = text[..colon].ToLowerInvariant();
        string rest = text[(colon + 3)..];
        if (Authorities(rest).Contains('@', StringComparison.Ordinal))
        {
            throw new UsageException(
                $"the URL '{Shown(text)}' holds credentials",
                "leave them out: dv uses the cloud's own credential chain, or set them with 'dv remote modify --local NAME password …'");
        }
        return scheme switch
        {
            "file" => ParseFile(text, rest),
            "s3" => ParseStore(RemoteKind.S3, text, rest),
            "gs" => ParseStore(RemoteKind.GoogleCloudStorage, text, rest),
            "azure" => ParseStore(RemoteKind.Azure, text, rest),
            "https" or "http" => ParseStore(RemoteKind.Http, text, rest) with { IsPlain = scheme == "http" },
            _ => throw new UsageException($"the URL '{Shown(text)}' has an unknown scheme", $"known are {KnownSchemes}"),
        };
    }

    /// <summary>The URL with its credentials, if any, replaced by <c>****</c>; any text may be passed.</summary>
    public static string Redact(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        string start = scheme < 0 ? "" : text[..(scheme + 3)];
        string rest = text[start.Length..];
        int at = Authorities(rest).LastIndexOf('@');
        bool named = at >= 0 && (scheme >= 0 || rest[..at].Contains(':', StringComparison.Ordinal));
        if (named)
            rest = $"****@{rest[(at + 1)..]}";
        int query = scheme < 0 ? -1 : rest.IndexOf('?', StringComparison.Ordinal);
        return start + (query < 0 ? rest : $"{rest[..query]}?****");
    }

    /// <summary>The URL as it is written.</summary>
    public override string ToString() => Kind switch
    {
        RemoteKind.Directory => Path,
        RemoteKind.S3 => Join("s3"),
        RemoteKind.GoogleCloudStorage => Join("gs"),
        RemoteKind.Azure => Join("azure"),
        _ => Join(IsPlain ? "http" : "https"),
    };

    private string Join(string scheme) => $"{scheme}://{Authority}{(Path.Length == 0 ? "" : "/")}{Path}";

    private static RemoteUrl ParsePath(string text)
    {
        // user@host:path is how ssh is written; a folder of such a name is reached by ./user@host:path.
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        int slash = text.AsSpan().IndexOfAny('/', '\\');
        if (colon > 1 && (slash < 0 || colon < slash))
        {
            throw new UsageException(
                $"'{Shown(text)}' is not a URL that dv knows",
                $"known are {KnownSchemes}; a folder of that name is written ./{Shown(text)}");
        }
        return new RemoteUrl { Kind = RemoteKind.Directory, Authority = "", Path = text };
    }

    private static RemoteUrl ParseFile(string text, string rest)
    {
        string path = Uri.UnescapeDataString(rest.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase) ? rest["localhost".Length..] : rest);
        if (!path.StartsWith('/') || path.Any(char.IsControl))
            throw new UsageException($"the URL '{Shown(text)}' does not name a folder of this machine", "write file:///folder, with three slashes");
        bool drive = path.Length > 2 && path[2] == ':' && OperatingSystem.IsWindows();
        return new RemoteUrl { Kind = RemoteKind.Directory, Authority = "", Path = drive ? path[1..] : path };
    }

    private static RemoteUrl ParseStore(RemoteKind kind, string text, string rest)
    {
        string authority = Authorities(rest);
        if (rest.AsSpan().ContainsAny('?', '#'))
        {
            throw new UsageException(
                $"the URL '{Shown(text)}' holds a query",
                "leave it out; set options with 'dv remote modify NAME OPTION VALUE', secrets with --local");
        }
        string wanted = kind switch { RemoteKind.Http => "host", RemoteKind.Azure => "container", _ => "bucket" };
        if (authority.Length == 0 || authority.Any(char.IsWhiteSpace))
            throw new UsageException($"the URL '{Shown(text)}' names no {wanted}", KnownSchemes);
        if (kind == RemoteKind.Http && !Uri.TryCreate($"https://{authority}/", UriKind.Absolute, out _))
            throw new UsageException($"the URL '{Shown(text)}' does not name a host", KnownSchemes);
        return new RemoteUrl { Kind = kind, Authority = authority, Path = rest[authority.Length..].Trim('/') };
    }

    private static string Authorities(string rest)
    {
        int end = rest.AsSpan().IndexOfAny("/?#");
        return end < 0 ? rest : rest[..end];
    }

    private static string Shown(string text) => PathRules.Printable(Redact(text));
}
