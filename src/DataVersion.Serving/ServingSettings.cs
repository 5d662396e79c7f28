using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DataVersion.Serving.Models;

namespace DataVersion.Serving;

/// <summary>What runs a model.</summary>
internal enum ExecutionProvider
{
    Cpu,
    Cuda,
}

/// <summary>The settings (docs/serving.md), read once from the environment. No secret is in its text.</summary>
internal sealed class ServingSettings
{
    internal required ModelUri Model { get; init; }

    /// <summary>How often the model's name is looked up again; null for never.</summary>
    internal TimeSpan? PollInterval { get; init; }

    internal TimeSpan DrainPeriod { get; init; }
    internal TimeSpan PredictTimeout { get; init; }
    internal int MaxRows { get; init; }
    internal int MaxBodyBytes { get; init; }

    /// <summary>Predictions that run at once.</summary>
    internal int MaxConcurrency { get; init; }

    /// <summary>Requests that wait for one of them.</summary>
    internal int MaxQueue { get; init; }

    /// <summary>Bytes of all files of a model together.</summary>
    internal long MaxModelBytes { get; init; }

    internal int Threads { get; init; }
    internal ExecutionProvider Provider { get; init; }
    internal bool LogRequests { get; init; }

    /// <summary>Absolute; temporary files lie here and nowhere else.</summary>
    internal required string CacheDirectory { get; init; }

    /// <summary>Where the repository of <c>dv://</c> is; absolute.</summary>
    internal required string RepositoryDirectory { get; init; }

    /// <summary>Rows of the window that drift is measured over.</summary>
    internal int DriftRows { get; init; }

    private string? AdminToken { get; init; }
    private string? AdminTokenFile { get; init; }

    /// <summary>False where nobody may ask for a reload.</summary>
    internal bool AllowsAdmin => AdminToken is not null || AdminTokenFile is not null;

    /// <exception cref="UsageException">A variable is missing, has no meaning, or names a file that cannot be read.</exception>
    internal static ServingSettings From(ServingHost host)
    {
        string uri = host.Variable("MODEL_URI")
            ?? throw new UsageException("MODEL_URI is not set", "set it to the model, such as models:/fraud@champion, dv://models@main or /models/fraud");
        double poll = Number(host, "MODEL_POLL_SECONDS", 30, 0, 86_400);
        int concurrency = Whole(host, "MAX_CONCURRENCY", 2 * Environment.ProcessorCount, 1, 4096);
        var settings = new ServingSettings
        {
            Model = ModelUri.Parse(uri, host.WorkingDirectory),
            PollInterval = poll > 0 ? TimeSpan.FromSeconds(poll) : null,
            DrainPeriod = TimeSpan.FromSeconds(Number(host, "DRAIN_SECONDS", 20, 0, 3600)),
            PredictTimeout = TimeSpan.FromMilliseconds(Number(host, "PREDICT_TIMEOUT_MS", 10_000, 1, 3_600_000)),
            MaxRows = Whole(host, "MAX_ROWS", 1000, 1, 1_000_000),
            MaxBodyBytes = Whole(host, "MAX_BODY_BYTES", 1024 * 1024, 64, 1024 * 1024 * 1024),
            MaxConcurrency = concurrency,
            MaxQueue = Whole(host, "MAX_QUEUE", 16 * concurrency, 0, 1_000_000),
            MaxModelBytes = (long)Number(host, "MODEL_MAX_BYTES", 8L << 30, 1, long.MaxValue / 2),
            Threads = Whole(host, "ORT_THREADS", 1, 0, 1024),
            Provider = ProviderOf(host.Variable("ORT_PROVIDER")),
            LogRequests = Flag(host, "LOG_REQUESTS"),
            CacheDirectory = Path.GetFullPath(host.Variable("MODEL_CACHE_DIR") ?? host.TemporaryDirectory, host.WorkingDirectory),
            RepositoryDirectory = Path.GetFullPath(host.Variable("DV_REPO_DIR") ?? host.WorkingDirectory, host.WorkingDirectory),
            DriftRows = Whole(host, "DRIFT_WINDOW_ROWS", 10_000, 100, 100_000_000),
            AdminToken = host.Variable("ADMIN_TOKEN"),
            AdminTokenFile = host.Variable("ADMIN_TOKEN_FILE") is { } file ? Path.GetFullPath(file, host.WorkingDirectory) : null,
        };
        if (settings is { AdminToken: null, AdminTokenFile: not null })
            settings.ReadTokenFile();
        return settings;
    }

    /// <summary>Whether a token is the administrator's; the time that it takes tells nothing about it.</summary>
    /// <exception cref="UsageException">The file with the token cannot be read.</exception>
    internal bool IsAdmin(ReadOnlySpan<char> token)
    {
        string expected = AdminToken ?? ReadTokenFile();
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> wanted = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token.ToArray()), given);
        SHA256.HashData(Encoding.UTF8.GetBytes(expected), wanted);
        return CryptographicOperations.FixedTimeEquals(given, wanted);
    }

    // Read each time: mounted secrets are exchanged under a running server.
    private string ReadTokenFile() => SecretFile.Read("ADMIN_TOKEN_FILE", AdminTokenFile!).Trim();

    private static ExecutionProvider ProviderOf(string? name) => name?.ToLowerInvariant() switch
    {
        null or "cpu" => ExecutionProvider.Cpu,
        "cuda" => ExecutionProvider.Cuda,
        _ => throw new UsageException($"ORT_PROVIDER is '{name}'", "set it to cpu or cuda"),
    };

    private static bool Flag(ServingHost host, string name) => host.Variable(name)?.ToLowerInvariant() switch
    {
        null or "0" or "false" or "no" => false,
        "1" or "true" or "yes" => true,
        _ => throw new UsageException($"{name} is neither 1 nor 0", $"set {name} to 1 or 0"),
    };

    private static int Whole(ServingHost host, string name, int standard, int least, int most)
    {
        double value = Number(host, name, standard, least, most);
        return value == Math.Floor(value) ? (int)value : throw new UsageException($"{name} is not a whole number");
    }

    private static double Number(ServingHost host, string name, double standard, double least, double most)
    {
        if (host.Variable(name) is not { } text)
            return standard;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value
            : throw new UsageException($"{name} is not a number from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}",
                $"the default is {standard.ToString(CultureInfo.InvariantCulture)}");
    }
}
