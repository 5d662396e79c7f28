namespace DataVersion.Tracking.Mlflow;

/// <summary>An experiment as the server describes it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsActive">False where it has been deleted: its name is taken, and no run can be added.</param>
/// <param name="ArtifactLocation">Where artifacts of its runs go; null where the server does not say.</param>
public sealed record MlflowExperiment(string Id, string Name, bool IsActive, string? ArtifactLocation);

/// <summary>A run as the server describes it.</summary>
public sealed record MlflowRunInfo
{
    /// <summary>The server's id of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>Its experiment.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>RUNNING, FINISHED …</summary>
    public required string Status { get; init; }

    /// <summary>Its name; null where the server does not say.</summary>
    public string? Name { get; init; }

    /// <summary>Where its artifacts go; null where the server does not say.</summary>
    public string? ArtifactUri { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long StartTime { get; init; }

    /// <summary>Milliseconds since 1970; 0 while it runs.</summary>
    public long EndTime { get; init; }

    /// <summary>False where it has been deleted.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>Its tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Its params.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();

    /// <summary>The last point of each metric; infinities come back as the greatest finite numbers.</summary>
    public IReadOnlyList<MlflowPoint> Metrics { get; init; } = [];
}

/// <summary>One measured value.</summary>
/// <param name="Name">The metric.</param>
/// <param name="Value">Any double.</param>
/// <param name="TimestampMs">Milliseconds since 1970.</param>
/// <param name="Step">The step within the run.</param>
public readonly record struct MlflowPoint(string Name, double Value, long TimestampMs, long Step);

/// <summary>A dataset that a run used.</summary>
/// <param name="Name">The tracked path, at most 500 characters.</param>
/// <param name="Digest">At most 36 characters: <see cref="MlflowLimits.DatasetDigest"/>.</param>
/// <param name="Source">JSON that says where it is; at most 65,535 characters.</param>
/// <param name="Profile">JSON with its size; null for none.</param>
/// <param name="Context">Such as <c>training</c>.</param>
public sealed record MlflowDataset(string Name, string Digest, string Source, string? Profile = null, string Context = "training")
{
    /// <summary>The kind of source.</summary>
    public string SourceType { get; init; } = "dv";
}

/// <summary>A file or folder among a run's artifacts.</summary>
/// <param name="Path">Relative to the run's artifacts.</param>
/// <param name="IsDirectory">Whether it is a folder.</param>
/// <param name="Size">Bytes; 0 for a folder.</param>
public sealed record MlflowArtifact(string Path, bool IsDirectory, long Size);

/// <summary>A file to be stored among a run's artifacts.</summary>
/// <param name="Path">Relative to the run's artifacts, with '/'.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Open">The bytes from the start; called once for each try.</param>
/// <param name="Sha256">In hex, where it is known: a large file that the run has by this hash is not sent again.</param>
public sealed record MlflowUpload(string Path, long Length, Func<CancellationToken, Task<Stream>> Open, string? Sha256 = null);

/// <summary>A version of a registered model.</summary>
public sealed record MlflowModelVersion
{
    /// <summary>The registered model.</summary>
    public required string Name { get; init; }

    /// <summary>The number, as text.</summary>
    public required string Version { get; init; }

    /// <summary>Where its files are.</summary>
    public string Source { get; init; } = "";

    /// <summary>The run that made it; null for none.</summary>
    public string? RunId { get; init; }

    /// <summary>None, Staging, Production or Archived.</summary>
    public string Stage { get; init; } = "None";

    /// <summary>READY, or why it is not.</summary>
    public string Status { get; init; } = "";

    /// <summary>Its tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The hash of the model's bytes, as tag <c>dv.model.sha256</c> says; null without it.</summary>
    public string? Sha256 => Tags.TryGetValue(MlflowTags.ModelHash, out string? hash) && hash.Length > 0 ? hash : null;
}

/// <summary>A model that a run is to register.</summary>
/// <param name="Name">The registered model; made where it is not there.</param>
/// <param name="Source">Where its files are, such as <c>runs:/ID/model</c>.</param>
/// <param name="Alias">An alias that is set to the version; null for none. It is never moved back to a lower version.</param>
/// <param name="Sha256">The model's hash, kept in tag <c>dv.model.sha256</c>: the same run registers the same bytes once.</param>
public sealed record MlflowModel(string Name, string Source, string? Alias, string Sha256);
