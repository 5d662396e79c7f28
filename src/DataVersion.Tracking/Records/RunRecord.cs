using System.Text.Json.Serialization;

namespace DataVersion.Tracking.Records;

/// <summary>
/// What is known of one run: <c>provenance.json</c> (docs/provenance.md, docs/schemas/provenance-1.json). The first form is written before the
/// trainer starts, the last one when all is over. Times are UTC; no secret is in any field. Properties that have a default are settable: the
/// generated reader would give absent ones null where they could only be initialised.
/// </summary>
public sealed record RunRecord
{
    /// <summary>The format that this version writes.</summary>
    public const string CurrentSchema = "dv.provenance/1";

    /// <summary><see cref="CurrentSchema"/>.</summary>
    public string Schema { get; set; } = CurrentSchema;

    /// <summary>The run's id: a UUID of version 7, so that ids sort by time.</summary>
    public required string RunUuid { get; init; }

    /// <summary>The logical run that this is an attempt of (<c>DV_RUN_KEY</c>); null where nobody named one.</summary>
    public string? Key { get; init; }

    /// <summary>1 for the first attempt of a logical run.</summary>
    public int Attempt { get; set; } = 1;

    /// <summary><c>running</c>, <c>complete</c>, <c>failed:STAGE</c> or <c>killed</c>.</summary>
    public required string Stage { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedOn { get; init; }

    /// <summary>When it last said that it was alive; see <see cref="RunStates.LostAfter"/>.</summary>
    public DateTimeOffset? RefreshedOn { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedOn { get; init; }

    /// <summary>What <c>dv run</c> ended with.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What the trainer itself ended with; 128+n where signal n killed it.</summary>
    public int? ChildExitCode { get; init; }

    /// <summary>The signal that stopped the run or killed the trainer.</summary>
    public int? Signal { get; init; }

    /// <summary>What went wrong, in one line.</summary>
    public string? Error { get; init; }

    /// <summary>The program that made this record.</summary>
    public required ToolFacts Tool { get; init; }

    /// <summary>The run that this one repeats (<c>dv reproduce</c>).</summary>
    public string? Reproduces { get; init; }

    /// <summary>The code; null where the run was not pinned.</summary>
    public CodeFacts? Code { get; init; }

    /// <summary>Where the data version comes from; null where the run was not pinned.</summary>
    public PinFacts? Pin { get; init; }

    /// <summary>The data, one entry for each tracked path that was pulled.</summary>
    public IReadOnlyList<DataFacts> Data { get; set; } = [];

    /// <summary>SHA-256 of <c>data.manifest.json</c>, which lists every file of the data.</summary>
    public string? DataManifestSha256 { get; init; }

    /// <summary>One hash for all of <see cref="Data"/> (<see cref="Records.DataDigest"/>).</summary>
    public string? DataDigest { get; init; }

    /// <summary>The container image, where one was named.</summary>
    public ImageFacts? Image { get; init; }

    /// <summary>The machine and its software.</summary>
    public RuntimeFacts? Runtime { get; init; }

    /// <summary>The GPU side.</summary>
    public GpuFacts? Gpu { get; init; }

    /// <summary>What was run.</summary>
    public required TrainFacts Train { get; init; }

    /// <summary>What the trainer reported.</summary>
    public MetricsFacts? Metrics { get; init; }

    /// <summary>What the run left behind.</summary>
    public IReadOnlyList<OutputFacts> Outputs { get; set; } = [];

    /// <summary>The last checkpoints that were kept.</summary>
    public IReadOnlyList<CheckpointFacts> Checkpoints { get; set; } = [];

    /// <summary>The run in MLflow.</summary>
    public TrackingFacts? Mlflow { get; init; }

    /// <summary>Who started the process: Kubernetes, CI, SLURM.</summary>
    public OrchestratorFacts? Orchestrator { get; init; }

    /// <summary>How long each stage took.</summary>
    public IReadOnlyList<StageFacts> Stages { get; set; } = [];

    /// <summary>What was allowed that is refused otherwise.</summary>
    public IReadOnlyList<string> Allowances { get; set; } = [];

    /// <summary>What did not go as it should and stopped nothing.</summary>
    public IReadOnlyList<string> Warnings { get; set; } = [];
}

/// <summary>A program and its version.</summary>
public sealed record ToolFacts(string Name, string Version);

/// <summary>The code that ran.</summary>
public sealed record CodeFacts
{
    /// <summary>Where it is, without credentials.</summary>
    public string? Repo { get; init; }

    /// <summary>The commit, 40 or 64 hex digits.</summary>
    public required string Commit { get; init; }

    /// <summary>The branch that was checked out.</summary>
    public string? Branch { get; init; }

    /// <summary>Tags of the commit.</summary>
    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>True where files differed from the commit.</summary>
    public required bool Dirty { get; init; }

    /// <summary>SHA-256 of <c>diff.patch</c>, as it is kept (secrets taken out).</summary>
    public string? DiffSha256 { get; init; }

    /// <summary>Files that differed, or were not in Git.</summary>
    public IReadOnlyList<string> Changed { get; set; } = [];

    /// <summary>Of those, the ones that Git did not know, and what was in them: the diff does not say.</summary>
    public IReadOnlyList<UntrackedFile> Untracked { get; set; } = [];
}

/// <summary>A file that Git did not know.</summary>
/// <param name="Path">Relative to Git's work tree.</param>
/// <param name="Sha256">Of its bytes; null where it is too large, or could not be read.</param>
public sealed record UntrackedFile(string Path, string? Sha256);

/// <summary>Where the data version comes from.</summary>
/// <param name="Source"><c>git</c>, <c>baked</c> or <c>env</c> (a revision that was named).</param>
/// <param name="Commit">The commit whose pointers were followed.</param>
/// <param name="Repo">Its repository, without credentials.</param>
/// <param name="Sha256">Hash of <c>dv.pin.json</c>, where that was followed.</param>
public sealed record PinFacts(string Source, string Commit, string? Repo = null, string? Sha256 = null);

/// <summary>One tracked path.</summary>
public sealed record DataFacts
{
    /// <summary>Where it lies in the workspace.</summary>
    public required string Path { get; init; }

    /// <summary>Only this part below it was used.</summary>
    public string? Inside { get; init; }

    /// <summary><c>file</c> or <c>dir</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The hash algorithm.</summary>
    public required string Algo { get; init; }

    /// <summary>The digest in hex.</summary>
    public required string Hash { get; init; }

    /// <summary>Id of the block list of a large file.</summary>
    public string? Blocks { get; init; }

    /// <summary>True for an executable file.</summary>
    public bool? Executable { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Files.</summary>
    public required long Nfiles { get; init; }

    /// <summary>The pointer file.</summary>
    public required string Pointer { get; init; }

    /// <summary>SHA-256 of the pointer file's bytes in the commit.</summary>
    public string? PointerSha256 { get; init; }

    /// <summary>Name of the remote that it belongs to.</summary>
    public string? RemoteName { get; init; }

    /// <summary>URL of that remote, without secrets.</summary>
    public string? Remote { get; init; }

    /// <summary>Bytes that the cache lacked, and that were fetched.</summary>
    public long TransferredBytes { get; init; }

    /// <summary>Bytes that the cache had.</summary>
    public long FromCacheBytes { get; init; }

    /// <summary>True where its bytes were checked before the trainer started.</summary>
    public required bool Verified { get; init; }
}

/// <summary>A container image.</summary>
/// <param name="Reference">As <c>DV_IMAGE</c> names it.</param>
/// <param name="Digest"><c>sha256:…</c>, where the reference has one.</param>
/// <param name="RevisionLabel">The commit that the image was built from, as its labels say (<c>DV_IMAGE_REVISION</c>).</param>
/// <param name="BaseDigest">The digest of the image that it was built on (<c>DV_IMAGE_BASE_DIGEST</c>).</param>
public sealed record ImageFacts(string Reference, string? Digest, string? RevisionLabel = null, string? BaseDigest = null);

/// <summary>The trainer's command and its settings.</summary>
public sealed record TrainFacts
{
    /// <summary>Program and arguments, secrets taken out.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The working directory, relative to the workspace.</summary>
    public string WorkingDirectory { get; set; } = "";

    /// <summary>Parameters, secrets taken out.</summary>
    public IReadOnlyDictionary<string, string> Params { get; set; } = new Dictionary<string, string>();

    /// <summary>Those of the parameters and variables that are seeds.</summary>
    public IReadOnlyDictionary<string, string> Seeds { get; set; } = new Dictionary<string, string>();

    /// <summary>What was named as outputs.</summary>
    public IReadOnlyList<string> Out { get; set; } = [];

    /// <summary>True where something was taken out of <see cref="Command"/> or <see cref="Params"/>: the run cannot be repeated from here alone.</summary>
    public bool Redacted { get; init; }
}

/// <summary>What the trainer reported.</summary>
/// <param name="Final">Each metric's last value.</param>
/// <param name="Points">How many points were reported.</param>
/// <param name="HistorySha256">SHA-256 of <c>metrics.jsonl</c>.</param>
public sealed record MetricsFacts(
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] IReadOnlyDictionary<string, double> Final, long Points, string? HistorySha256);
