using DataVersion.Configuration;
using DataVersion.Objects;

namespace DataVersion.Serving.Models;

/// <summary>Who knows where a model is.</summary>
internal enum ModelUriKind
{
    /// <summary><c>models:/NAME/VERSION</c>, <c>…/STAGE</c>, <c>…/latest</c>, <c>models:/NAME@ALIAS</c></summary>
    Registry,

    /// <summary><c>runs:/RUN/PATH</c>, <c>mlflow-artifacts:/PATH</c></summary>
    Artifacts,

    /// <summary><c>dv://PATH@REVISION</c></summary>
    Repository,

    /// <summary><c>s3://BUCKET/PREFIX</c> and what other stores of remotes there are.</summary>
    Store,

    /// <summary>A folder or a file of this machine.</summary>
    Local,
}

/// <summary>What <c>MODEL_URI</c> names. It never holds credentials.</summary>
internal sealed record ModelUri
{
    private const string Known = "known are models:/NAME/VERSION, models:/NAME@ALIAS, runs:/RUN/PATH, mlflow-artifacts:/PATH, dv://PATH@REVISION, s3://BUCKET/PREFIX and paths";

    internal required ModelUriKind Kind { get; init; }

    /// <summary>As it is shown.</summary>
    internal required string Text { get; init; }

    /// <summary>The registered model, the tracked path, the local path (absolute); else the whole URI.</summary>
    internal required string Name { get; init; }

    /// <summary>Of a registered model: version, stage or <c>latest</c>; of a tracked path: the revision, null for what is checked out.</summary>
    internal string? Version { get; init; }

    /// <summary>Of a registered model: the alias.</summary>
    internal string? Alias { get; init; }

    /// <summary>True where it names an MLflow server's knowledge.</summary>
    internal bool NeedsMlflow => Kind is ModelUriKind.Registry or ModelUriKind.Artifacts;

    /// <summary>Takes a URI or a path apart.</summary>
    /// <param name="text">The text.</param>
    /// <param name="workingDirectory">Where relative paths start from.</param>
    /// <exception cref="UsageException">It is none that is known.</exception>
    internal static ModelUri Parse(string text, string workingDirectory)
    {
        text = text.Trim();
        if (text.Length == 0 || text.Any(char.IsControl))
            throw Unknown(text, "is no URI of a model");
        string shown = PathRules.Printable(RemoteUrl.Redact(text));
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string scheme = colon > 1 && text.AsSpan(colon + 1).StartsWith('/') ? text[..colon].ToLowerInvariant() : "";
        string rest = scheme.Length > 0 ? text[(colon + 1)..] : text;
        return scheme switch
        {
            "models" => ParseRegistered(text, rest.TrimStart('/')),
            "runs" when rest.TrimStart('/').Length > 0 && !Leaves(rest) => Of(ModelUriKind.Artifacts, shown, text),
            "mlflow-artifacts" when !Leaves(rest) => Of(ModelUriKind.Artifacts, shown, text),
            "dv" when rest.StartsWith("//", StringComparison.Ordinal) => ParseTracked(text, rest[2..]),
            "s3" or "gs" or "azure" or "https" or "http" => Of(ModelUriKind.Store, shown, RemoteUrl.Parse(text).ToString()),
            "file" => Of(ModelUriKind.Local, shown, Path.GetFullPath(Path.TrimEndingDirectorySeparator(FilePath(text, rest)))),
            "" => Of(ModelUriKind.Local, shown, Path.TrimEndingDirectorySeparator(Path.GetFullPath(text, workingDirectory))),
            _ => throw Unknown(text, "is no URI of a model that is known here"),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static ModelUri Of(ModelUriKind kind, string shown, string name) => new() { Kind = kind, Text = shown, Name = name };

    private static ModelUri ParseRegistered(string text, string rest)
    {
        int at = rest.LastIndexOf('@');
        if (at > 0 && at < rest.Length - 1 && !rest.AsSpan(at).Contains('/'))
            return Of(ModelUriKind.Registry, text, Uri.UnescapeDataString(rest[..at])) with { Alias = rest[(at + 1)..] };
        string[] parts = rest.Split('/');
        return parts is [{ Length: > 0 } name, { Length: > 0 } version]
            ? Of(ModelUriKind.Registry, text, Uri.UnescapeDataString(name)) with { Version = Uri.UnescapeDataString(version) }
            : throw Unknown(text, "names no version of a registered model");
    }

    private static ModelUri ParseTracked(string text, string rest)
    {
        int at = rest.LastIndexOf('@');
        string path = Uri.UnescapeDataString(at < 0 ? rest : rest[..at]).Trim('/');
        string? revision = at < 0 ? null : rest[(at + 1)..];
        if (path.Length == 0 || revision is "" || revision?[0] is '-')
            throw Unknown(text, "names no tracked path and revision");
        PathRules.CheckRelativePath(path);
        return Of(ModelUriKind.Repository, text, path) with { Version = revision };
    }

    private static string FilePath(string text, string rest)
    {
        string path = rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;
        path = Uri.UnescapeDataString(path.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase) ? path["localhost".Length..] : path);
        if (OperatingSystem.IsWindows() && path.Length > 2 && path[0] == '/' && path[2] == ':')
            path = path[1..];
        return Path.IsPathFullyQualified(path) && !path.Any(char.IsControl) ? path : throw Unknown(text, "does not name a path of this machine");
    }

    private static bool Leaves(string path) => path.Split('/').Any(part => part is "." or "..");

    private static UsageException Unknown(string text, string problem) => new($"'{PathRules.Printable(RemoteUrl.Redact(text))}' {problem}", Known);
}
