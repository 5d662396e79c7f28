using System.Globalization;

namespace DataVersion.Tracking.Mlflow;

/// <summary>The environment variables of MLflow's client, read with errors that name the variable and never a secret.</summary>
internal sealed class MlflowVariables(IReadOnlyDictionary<string, string> environment)
{
    /// <summary>A value without blanks around it; null where it is absent or empty.</summary>
    public string? Get(string name) => environment.TryGetValue(name, out string? value) && value.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A secret: the variable itself, else what the file says that <c>NAME_FILE</c> names.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public string? Secret(string name) => SecretFile.Find(environment, name);

    public bool Flag(string name) => Get(name)?.ToLowerInvariant() switch
    {
        null or "false" or "0" or "no" => false,
        "true" or "1" or "yes" => true,
        _ => throw new UsageException($"{name} is neither true nor false", $"set {name} to true or false"),
    };

    public double Number(string name, double otherwise, double min, double max)
    {
        if (Get(name) is not { } text)
            return otherwise;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= min && value <= max
            ? value
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} is not a number from {min} to {max}"), $"correct or unset {name}");
    }

    public MlflowMode Mode() => Get("DV_MLFLOW")?.ToLowerInvariant() switch
    {
        null or "best-effort" => MlflowMode.BestEffort,
        "require" => MlflowMode.Require,
        "off" => MlflowMode.Off,
        _ => throw new UsageException("DV_MLFLOW has a value that dv does not know", "set DV_MLFLOW to require, best-effort or off"),
    };

    /// <summary>The server's URI, credentials in it included; null, with a reason, where there is none that can be used.</summary>
    /// <exception cref="UsageException">It is an http URI that is malformed.</exception>
    public Uri? TrackingUri(out string? reason)
    {
        reason = null;
        string? text = Get("MLFLOW_TRACKING_URI");
        if (text is null)
        {
            reason = "MLFLOW_TRACKING_URI is not set";
            return null;
        }
        if (!text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            reason = $"MLFLOW_TRACKING_URI is {Describe(text)}: dv speaks to servers only (http or https)";
            return null;
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
            throw new UsageException("MLFLOW_TRACKING_URI is not a URL", "write it as http://HOST:PORT or https://HOST/PATH");
        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new UsageException("MLFLOW_TRACKING_URI has a query or a fragment", "end it before '?' and '#'; give credentials by MLFLOW_TRACKING_USERNAME and _PASSWORD");
        return uri;
    }

    private static string Describe(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string scheme = colon > 1 ? text[..colon].ToLowerInvariant() : "";
        if (scheme.Contains("sql", StringComparison.Ordinal) || scheme.StartsWith("oracle", StringComparison.Ordinal))
            return "a database";
        return text.StartsWith("databricks", StringComparison.OrdinalIgnoreCase) ? "a Databricks workspace" : "a local folder";
    }
}
