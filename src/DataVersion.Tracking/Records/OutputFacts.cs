namespace DataVersion.Tracking.Records;

/// <summary>One output that was named.</summary>
public sealed record OutputFacts
{
    /// <summary>As it was named.</summary>
    public required string Path { get; init; }

    /// <summary><c>file</c> or <c>dir</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>SHA-256 of the file, or the id of the tree, in hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Id of the block list of a large file.</summary>
    public string? Blocks { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The pointer that was written (<c>--track</c>).</summary>
    public string? Pointer { get; init; }

    /// <summary>The files, at most <see cref="MaxFiles"/>; the whole list lies in the tree.</summary>
    public IReadOnlyList<OutputFile> Files { get; set; } = [];

    /// <summary>How many files there are.</summary>
    public required long Nfiles { get; init; }

    /// <summary>True once a remote has it.</summary>
    public bool Pushed { get; init; }

    /// <summary>How many files a record lists.</summary>
    public const int MaxFiles = 1000;
}

/// <summary>A file of an output.</summary>
/// <param name="Path">Below the output; empty where that is the file.</param>
/// <param name="Sha256">Its hash.</param>
/// <param name="Size">Bytes.</param>
/// <param name="MediaType">Where the name tells it.</param>
public sealed record OutputFile(string Path, string Sha256, long Size, string? MediaType);

/// <summary>A checkpoint that was kept.</summary>
public sealed record CheckpointFacts(string Path, string Sha256, long Size, DateTimeOffset SavedOn, bool Restored = false);

/// <summary>The run in MLflow.</summary>
public sealed record TrackingFacts
{
    /// <summary>The server, without credentials.</summary>
    public required string TrackingUri { get; init; }

    /// <summary>The experiment's name.</summary>
    public string? Experiment { get; init; }

    /// <summary>The experiment.</summary>
    public string? ExperimentId { get; init; }

    /// <summary>The name that the run was to have.</summary>
    public string? RunName { get; init; }

    /// <summary>True where the outputs are to be among its artifacts.</summary>
    public bool LogOutputs { get; init; }

    /// <summary>The run.</summary>
    public string? RunId { get; init; }

    /// <summary>The registered model to make of the outputs.</summary>
    public string? ModelName { get; init; }

    /// <summary>The alias that the version is to get.</summary>
    public string? ModelAlias { get; init; }

    /// <summary>The version that was made.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>False while the server lacks something: <c>dv mlflow sync</c> sends it.</summary>
    public bool Delivered { get; init; }

    /// <summary>Why it was not delivered.</summary>
    public string? Problem { get; init; }
}

/// <summary>A stage of the run.</summary>
public sealed record StageFacts(string Name, DateTimeOffset StartedOn, double Seconds, string? Note = null);
