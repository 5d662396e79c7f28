using DataVersion.Objects;

namespace DataVersion.Tracking.Mlflow;

/// <summary>A registered model.</summary>
public sealed record MlflowRegisteredModel
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What people wrote about it.</summary>
    public string Description { get; init; } = "";

    /// <summary>The version that each alias names.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>Its tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The aliases of a version, in order.</summary>
    public IReadOnlyList<string> AliasesOf(string version) => [.. Aliases.Where(a => a.Value == version).Select(a => a.Key).Order(StringComparer.Ordinal)];
}

/// <summary>A model and all its versions, the latest first.</summary>
public sealed record MlflowModelListing(MlflowRegisteredModel Model, IReadOnlyList<MlflowModelVersion> Versions);

/// <summary>A version and the model that it is of.</summary>
public sealed record MlflowFoundVersion(MlflowRegisteredModel Model, MlflowModelVersion Version);

/// <summary>Words that name one version: <c>NAME</c> (the latest), <c>NAME@ALIAS</c>, <c>NAME/VERSION</c> or <c>NAME/STAGE</c>.</summary>
/// <param name="Name">The registered model.</param>
public sealed record MlflowModelSelector(string Name)
{
    private const string Scheme = "models:/";

    /// <summary>The alias; null where something else is meant.</summary>
    public string? Alias { get; init; }

    /// <summary>The number; null where something else is meant.</summary>
    public string? Version { get; init; }

    /// <summary>The stage; null where something else is meant.</summary>
    public string? Stage { get; init; }

    /// <summary>What is looked for, in words.</summary>
    internal string Wanted => this switch
    {
        { Alias: { } alias } => $"alias '{PathRules.Printable(alias)}'",
        { Version: { } version } => $"version {version}",
        { Stage: { } stage } => $"version in stage '{PathRules.Printable(stage)}'",
        _ => "version",
    };

    /// <summary>Reads the words; MLflow's own <c>models:/</c> before them may be there.</summary>
    /// <exception cref="UsageException">They name nothing.</exception>
    public static MlflowModelSelector Parse(string text)
    {
        string words = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : text;
        int at = words.LastIndexOfAny(['@', '/']);
        string name = at < 0 ? words : words[..at];
        if (name.Length == 0 || at == words.Length - 1 || name.Contains('/', StringComparison.Ordinal))
            throw new UsageException($"'{PathRules.Printable(text)}' names no model", "write NAME, NAME@ALIAS, NAME/VERSION or NAME/STAGE");
        return at < 0 ? new MlflowModelSelector(name) : Of(name, words[at] == '@' ? words[at..] : words[(at + 1)..]);
    }

    /// <summary>Reads what stands for itself beside a model's name: <c>3</c>, <c>latest</c>, <c>Staging</c>, <c>@challenger</c>.</summary>
    public static MlflowModelSelector Of(string name, string version)
    {
        if (version.StartsWith('@'))
            return new MlflowModelSelector(name) { Alias = version[1..] };
        if (version.Length > 0 && version.All(char.IsAsciiDigit))
            return new MlflowModelSelector(name) { Version = version.TrimStart('0') is { Length: > 0 } number ? number : "0" };
        return version.Equals("latest", StringComparison.OrdinalIgnoreCase) ? new MlflowModelSelector(name) : new MlflowModelSelector(name) { Stage = version };
    }
}

/// <summary>What is to be promoted, and to what.</summary>
/// <param name="Selector">The version.</param>
/// <param name="Alias">The alias that is to name it; null for none.</param>
/// <param name="Stage">The stage that it is to be in; null for none.</param>
/// <param name="ArchiveExisting">Archive what is in the stage.</param>
public sealed record MlflowPromotionRequest(MlflowModelSelector Selector, string? Alias, string? Stage, bool ArchiveExisting);

/// <summary>What was moved.</summary>
/// <param name="Version">The version that holds it now, as it was before.</param>
/// <param name="Alias">What became of the alias; null where none was asked for.</param>
/// <param name="Stage">What became of the stage; null where none was asked for.</param>
public sealed record MlflowPromotion(MlflowModelVersion Version, MlflowMove? Alias, MlflowMove? Stage)
{
    /// <summary>The hash of the model's bytes, where <c>dv run --register</c> made the version.</summary>
    public string? Sha256 => Version.Sha256;
}

/// <summary>A move of an alias or a stage.</summary>
/// <param name="Name">The alias or stage.</param>
/// <param name="Before">The version that held it before (of a stage, the highest); null for none.</param>
/// <param name="IsMoved">False where it was so already.</param>
public sealed record MlflowMove(string Name, string? Before, bool IsMoved)
{
    /// <summary>Versions that were archived.</summary>
    public IReadOnlyList<string> Archived { get; init; } = [];

    /// <summary>Versions that stay in the stage beside it.</summary>
    public IReadOnlyList<string> Beside { get; init; } = [];

    /// <summary>Of these, a higher one than was promoted, which the stage goes on to mean; null for none.</summary>
    public string? Outranking { get; init; }
}
