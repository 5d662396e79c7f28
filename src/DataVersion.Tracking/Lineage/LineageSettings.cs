using System.Text;
using DataVersion.Configuration;
using DataVersion.Objects;

namespace DataVersion.Tracking.Lineage;

/// <summary>
/// Where lineage events go, from the variables that OpenLineage's own clients read: <c>OPENLINEAGE_URL</c>, <c>OPENLINEAGE_ENDPOINT</c>,
/// <c>OPENLINEAGE_API_KEY</c> (or <c>_FILE</c>), <c>OPENLINEAGE_NAMESPACE</c>, <c>OPENLINEAGE_DISABLED</c>,
/// <c>OPENLINEAGE_PARENT_ID</c>. A <c>file:</c> URL is ours: events are appended to it, one a line.
/// </summary>
public sealed class LineageSettings
{
    private const string DefaultEndpoint = "api/v1/lineage";
    private const string DefaultNamespace = "default";

    private LineageSettings()
    {
    }

    /// <summary>The file that events are appended to; null where they are posted.</summary>
    public string? File { get; private init; }

    /// <summary>Where events are posted, without credentials; null where they go to a file.</summary>
    public Uri? Endpoint { get; private init; }

    /// <summary>The namespace of our jobs.</summary>
    public required string Namespace { get; init; }

    /// <summary>The run that started ours; null where nobody said.</summary>
    public LineageParent? Parent { get; private init; }

    /// <summary>The place for messages: no secret is in it.</summary>
    public string Shown => File is null ? $"{Endpoint!.Scheme}://{Endpoint.Authority}{Endpoint.AbsolutePath}" : PathRules.Printable(File);

    /// <summary>The value of the Authorization header; null to send none.</summary>
    internal string? Authorization { get; private init; }

    /// <summary>Reads the settings.</summary>
    /// <param name="environment">The environment variables, by name.</param>
    /// <returns>Null where no events are wanted.</returns>
    /// <exception cref="UsageException">The URL, the endpoint or the key cannot be used.</exception>
    public static LineageSettings? From(IReadOnlyDictionary<string, string> environment)
    {
        string? url = Value(environment, "OPENLINEAGE_URL");
        if (url is null || Value(environment, "OPENLINEAGE_DISABLED")?.ToLowerInvariant() is "true" or "1" or "yes")
            return null;
        string jobNamespace = Value(environment, "OPENLINEAGE_NAMESPACE") ?? DefaultNamespace;
        LineageParent? parent = LineageParent.TryParse(Value(environment, "OPENLINEAGE_PARENT_ID"));
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri))
            throw Invalid(url, "is not a URL");
        if (uri.Scheme == Uri.UriSchemeFile)
        {
            // /path alone parses as a file URL too.
            if (uri.Host.Length > 0 || !url.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || uri.LocalPath.EndsWith('/'))
                throw Invalid(url, "does not name a file of this machine");
            return new LineageSettings { File = uri.LocalPath, Namespace = jobNamespace, Parent = parent };
        }
        if (uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            throw Invalid(url, "is neither http, https nor file");
        string endpoint = (Value(environment, "OPENLINEAGE_ENDPOINT") ?? DefaultEndpoint).TrimStart('/');
        var place = new UriBuilder(uri) { UserName = "", Password = "", Fragment = "" };
        place.Path = $"{place.Path.TrimEnd('/')}/";
        string query = place.Query;
        place.Query = "";
        if (!Uri.TryCreate(place.Uri, endpoint, out Uri? target) || target.Authority != uri.Authority || target.Scheme != uri.Scheme)
            throw new UsageException($"OPENLINEAGE_ENDPOINT: '{PathRules.Printable(RemoteUrl.Redact(endpoint))}' is not a path", $"the default is {DefaultEndpoint}");
        return new LineageSettings
        {
            Endpoint = query.Length == 0 ? target : new UriBuilder(target) { Query = query }.Uri,
            Namespace = jobNamespace,
            Parent = parent,
            Authorization = Authorize(Key(environment), uri.UserInfo),
        };
    }

    private static string? Key(IReadOnlyDictionary<string, string> environment) =>
        SecretFile.Find(environment, "OPENLINEAGE_API_KEY")?.Trim() is { Length: > 0 } key ? key : null;

    private static string? Authorize(string? key, string userInfo)
    {
        if (key is null)
            return userInfo.Length == 0 ? null : $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(userInfo)))}";
        if (key.Any(c => c is <= ' ' or > '~'))
            throw new UsageException("OPENLINEAGE_API_KEY holds characters that no header may have", "is there a line break at its end?");
        return $"Bearer {key}";
    }

    private static string? Value(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out string? value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    private static UsageException Invalid(string url, string problem) =>
        new($"OPENLINEAGE_URL: '{PathRules.Printable(RemoteUrl.Redact(url))}' {problem}", "it looks like http://host:5000, or file:///path/events.jsonl");
}
