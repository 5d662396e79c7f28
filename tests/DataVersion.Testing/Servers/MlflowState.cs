namespace DataVersion.Testing.Servers;

/// <summary>An experiment of the fake server.</summary>
public sealed class MlflowServerExperiment(string id, string name, string artifactLocation)
{
    public string Id => id;

    public string Name => name;

    public string ArtifactLocation => artifactLocation;

    public bool IsDeleted { get; set; }
}

/// <summary>A dataset among a run's inputs.</summary>
public sealed record MlflowServerDataset(string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>A run of the fake server.</summary>
public sealed class MlflowServerRun
{
    public required string Id { get; init; }

    public required string ExperimentId { get; init; }

    public required string Name { get; set; }

    public required string ArtifactUri { get; init; }

    public long StartTime { get; init; }

    public long EndTime { get; set; }

    public string Status { get; set; } = "RUNNING";

    public bool IsDeleted { get; set; }

    public Dictionary<string, string> Tags { get; } = [];

    public Dictionary<string, string> Params { get; } = [];

    /// <summary>Every point, each once.</summary>
    public HashSet<(string Key, double Value, long Timestamp, long Step)> Points { get; } = [];

    /// <summary>The points in the order that they came.</summary>
    public List<(string Key, double Value, long Timestamp, long Step)> History { get; } = [];

    public List<MlflowServerDataset> Inputs { get; } = [];
}

/// <summary>A model version of the fake server.</summary>
public sealed class MlflowServerVersion
{
    public required string Name { get; init; }

    public required int Number { get; init; }

    public required string Source { get; init; }

    public required string RunId { get; init; }

    public string Stage { get; set; } = "None";

    public string Status { get; set; } = "READY";

    public Dictionary<string, string> Tags { get; } = [];
}

/// <summary>What a fake server knows; it outlives the server, as a database does. Locked on itself.</summary>
public sealed class MlflowState
{
    private long _next;

    public MlflowState() => AddExperiment("Default");

    public Dictionary<string, MlflowServerExperiment> Experiments { get; } = [];

    public Dictionary<string, MlflowServerRun> Runs { get; } = [];

    public Dictionary<string, List<MlflowServerVersion>> Models { get; } = [];

    public Dictionary<(string Model, string Alias), int> Aliases { get; } = [];

    public Dictionary<(string Model, string Tag), string> ModelTags { get; } = [];

    /// <summary>By experiment/run/artifacts/path.</summary>
    public Dictionary<string, MlflowStoredArtifact> Artifacts { get; } = [];

    /// <summary>All datasets of an experiment, by name and digest: the first source wins.</summary>
    public Dictionary<(string Experiment, string Name, string Digest), MlflowServerDataset> Datasets { get; } = [];

    /// <summary>A metric whose name it refuses, as an older server does with letters that it does not know yet.</summary>
    public string? RefusedMetric { get; set; }

    internal MlflowServerOptions Options { get; set; } = new();

    /// <summary>Runs that are not deleted.</summary>
    public IReadOnlyList<MlflowServerRun> ActiveRuns
    {
        get
        {
            lock (this)
                return [.. Runs.Values.Where(run => !run.IsDeleted)];
        }
    }

    internal string NewId()
    {
        // Ids in the order of their making, so that a test knows what comes first.
        return $"{++_next:x8}{Guid.NewGuid():N}"[..32];
    }

    internal MlflowServerExperiment AddExperiment(string name)
    {
        string id = Experiments.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Experiments[id] = new MlflowServerExperiment(id, name, $"{Options.ArtifactRoot.TrimEnd('/')}/{id}");
    }
}
