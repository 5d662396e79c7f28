using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Tracking.Mlflow;

/// <summary>The tags by which a run, its attempts and its model are found again.</summary>
internal static class MlflowTags
{
    public const string RunUuid = "dv.run.uuid";
    public const string RunKey = "dv.run.key";
    public const string Attempt = "dv.run.attempt";
    public const string ModelHash = "dv.model.sha256";
    public const string ParamPrefix = "dv.param.";
    public const string ArtifactPrefix = "dv.artifact.";

    /// <summary>Of a registered model: the version that an alias named before its last move, and the one that it was moved to, with a space between.</summary>
    public static string AliasPrevious(string alias) => $"dv.alias.{alias}.previous";

    /// <summary>The same of a stage.</summary>
    public static string StagePrevious(string stage) => $"dv.stage.{stage}.previous";

    /// <summary>What makes this run this run.</summary>
    public static Dictionary<string, string> Identity(MlflowFacts facts)
    {
        var tags = new Dictionary<string, string>
        {
            [RunUuid] = Searchable(facts.RunUuid),
            [Attempt] = facts.Attempt.ToString(CultureInfo.InvariantCulture),
            [$"dv.attempt.{facts.Attempt.ToString(CultureInfo.InvariantCulture)}"] = facts.RunUuid,
        };
        if (facts.RunKey is { } key)
        {
            tags[RunKey] = Searchable(key);
            if (tags[RunKey] != key)
                tags["dv.run.key.text"] = key;
        }
        return tags;
    }

    /// <summary>The tags of a new run: who it is, and what the server's pages show at once.</summary>
    public static Dictionary<string, string> OfNewRun(MlflowFacts facts)
    {
        var tags = new Dictionary<string, string>();
        foreach ((string key, string value) in facts.Tags)
        {
            if (key.StartsWith("mlflow.", StringComparison.Ordinal) && MlflowLimits.MapKey(key) == key && tags.Count < MlflowLimits.TagsPerBatch / 2)
                tags[key] = MlflowLimits.CutTag(value);
        }
        foreach ((string key, string value) in Identity(facts))
            tags[key] = value;
        return tags;
    }

    /// <summary>A value that a filter can name: the server's search language cannot quote everything.</summary>
    public static string Searchable(string value) =>
        value.Length is > 0 and <= 200 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '/' or '@' or '+' or '=')
            ? value : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))}";

    /// <summary>The attempt that a run was last opened by; 0 where it does not say.</summary>
    public static int AttemptOf(MlflowRunInfo run) =>
        run.Tags.TryGetValue(Attempt, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int attempt) ? attempt : 0;
}
