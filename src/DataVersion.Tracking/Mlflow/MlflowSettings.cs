using System.Net.Http.Headers;
using System.Text;

namespace DataVersion.Tracking.Mlflow;

/// <summary>Where the MLflow server is and how to talk to it; read once from the environment. Its text holds no secret.</summary>
public sealed class MlflowSettings
{
    private readonly string[] _secrets = [];

    /// <summary>The server, with its path and without credentials; http or https.</summary>
    public required Uri TrackingUri { get; init; }

    /// <summary>How much the run depends on the server.</summary>
    public MlflowMode Mode { get; init; } = MlflowMode.BestEffort;

    /// <summary>MLFLOW_EXPERIMENT_NAME.</summary>
    public string? ExperimentName { get; init; }

    /// <summary>MLFLOW_EXPERIMENT_ID.</summary>
    public string? ExperimentId { get; init; }

    /// <summary>MLFLOW_RUN_NAME.</summary>
    public string? RunName { get; init; }

    /// <summary>MLFLOW_TRACKING_INSECURE_TLS: any certificate is believed.</summary>
    public bool InsecureTls { get; init; }

    /// <summary>MLFLOW_TRACKING_SERVER_CERT_PATH: a PEM file of the authorities that are believed instead of the system's.</summary>
    public string? ServerCertificatePath { get; init; }

    /// <summary>MLFLOW_TRACKING_CLIENT_CERT_PATH: a PEM file with our certificate and its key.</summary>
    public string? ClientCertificatePath { get; init; }

    /// <summary>Further tries of a request that may succeed later.</summary>
    public int MaxRetries { get; init; } = 5;

    /// <summary>The longest wait before the second try, in seconds; doubles with every further one, up to a minute.</summary>
    public double BackoffFactor { get; init; } = 2;

    /// <summary>How long to wait for an answer; of an upload, how long nothing may move.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Where the credentials came from, such as "MLFLOW_TRACKING_TOKEN"; null without any.</summary>
    public string? CredentialSource { get; init; }

    /// <summary>The server as messages name it.</summary>
    public string Location => TrackingUri.GetLeftPart(UriPartial.Path).TrimEnd('/');

    internal AuthenticationHeaderValue? Authorization { get; private init; }

    /// <summary>Reads the variables that MLflow's own client reads, and <c>DV_MLFLOW</c>.</summary>
    /// <param name="environment">All variables; only the documented ones are looked at (docs/mlflow.md).</param>
    /// <param name="homeDirectory">Where <c>.mlflow/credentials</c> is looked for; null to look nowhere.</param>
    /// <returns>Null where no server is to be used.</returns>
    /// <exception cref="UsageException">A variable has no meaning, a credential is incomplete, or a named file cannot be read.</exception>
    public static MlflowSettings? From(IReadOnlyDictionary<string, string> environment, string? homeDirectory) => From(environment, homeDirectory, out _);

    /// <inheritdoc cref="From(IReadOnlyDictionary{string, string}, string?)"/>
    /// <param name="environment">All variables.</param>
    /// <param name="homeDirectory">Where <c>.mlflow/credentials</c> is looked for; null to look nowhere.</param>
    /// <param name="reason">Why no server is used; null where one is.</param>
    public static MlflowSettings? From(IReadOnlyDictionary<string, string> environment, string? homeDirectory, out string? reason)
    {
        var variables = new MlflowVariables(environment);
        MlflowMode mode = variables.Mode();
        if (mode == MlflowMode.Off)
        {
            reason = "DV_MLFLOW=off";
            return null;
        }
        if (variables.TrackingUri(out reason) is not { } uri)
        {
            return mode == MlflowMode.Require
                ? throw new UsageException($"DV_MLFLOW=require, but {reason}", "set MLFLOW_TRACKING_URI to the server, such as http://mlflow:5000")
                : null;
        }
        MlflowLogin login = MlflowLogin.Find(variables, uri, homeDirectory);
        bool insecure = variables.Flag("MLFLOW_TRACKING_INSECURE_TLS");
        string? authority = variables.Get("MLFLOW_TRACKING_SERVER_CERT_PATH");
        if (insecure && authority is not null)
        {
            throw new UsageException("MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH contradict each other",
                "unset MLFLOW_TRACKING_INSECURE_TLS");
        }
        return new MlflowSettings(login.Secrets)
        {
            TrackingUri = new UriBuilder(uri) { UserName = "", Password = "" }.Uri,
            Mode = mode,
            Authorization = login.Header,
            CredentialSource = login.Source,
            ExperimentName = variables.Get("MLFLOW_EXPERIMENT_NAME"),
            ExperimentId = variables.Get("MLFLOW_EXPERIMENT_ID"),
            RunName = variables.Get("MLFLOW_RUN_NAME"),
            InsecureTls = insecure,
            ServerCertificatePath = authority,
            ClientCertificatePath = variables.Get("MLFLOW_TRACKING_CLIENT_CERT_PATH"),
            MaxRetries = (int)variables.Number("MLFLOW_HTTP_REQUEST_MAX_RETRIES", 5, 0, 100),
            BackoffFactor = variables.Number("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", 2, 0, 120),
            RequestTimeout = TimeSpan.FromSeconds(variables.Number("MLFLOW_HTTP_REQUEST_TIMEOUT", 120, 0.001, 86_400)),
        };
    }

    /// <summary>Settings without credentials.</summary>
    public MlflowSettings()
    {
    }

    private MlflowSettings(string[] secrets) => _secrets = secrets;

    /// <summary>The server and where the credentials came from.</summary>
    public override string ToString() => CredentialSource is null ? Location : $"{Location} (credentials from {CredentialSource})";

    /// <summary>A server's text without what must not be shown: a server may echo what it was sent.</summary>
    internal string Redact(string text)
    {
        foreach (string secret in _secrets)
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }

    /// <summary>The Basic form of a name and a password (RFC 7617, UTF-8).</summary>
    internal static string Basic(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
}
