using System.Globalization;
using DataVersion.Git;
using DataVersion.Tracking.Lineage;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Parameters;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Everything that the stage "config" reads and checks, before anything is done.</summary>
internal sealed record RunSettings
{
    private const double MaxGrace = 24 * 3600;

    /// <summary>Parameters, from all places.</summary>
    public required ParameterSet Parameters { get; init; }

    /// <summary>Which of several processes this is; null for the only one.</summary>
    public required RankFacts? Rank { get; init; }

    /// <summary>The name of the logical run (<c>DV_RUN_KEY</c>).</summary>
    public required string? Key { get; init; }

    /// <summary>How long all of it may take after the first SIGTERM (<c>DV_GRACE</c>).</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>Turn a trainer's 64 to 78 into 1 (<c>DV_CHILD_EXIT=remap</c>).</summary>
    public required bool RemapsExit { get; init; }

    /// <summary>Where MLflow is; null where it is not used.</summary>
    public required MlflowSettings? Mlflow { get; init; }

    /// <summary>Where OpenLineage's events go; null where they are not sent.</summary>
    public required LineageSettings? Lineage { get; init; }

    /// <summary>The image (<c>DV_IMAGE</c>).</summary>
    public required ImageFacts? Image { get; init; }

    /// <summary>True where this process tracks, uploads and finalizes.</summary>
    public bool Leads => Rank is null || Rank.Leads;

    /// <summary>Of the grace, what the trainer gets: the rest is for what must be saved after it.</summary>
    public TimeSpan ChildGrace => Grace - TimeSpan.FromSeconds(Math.Min(5, Grace.TotalSeconds / 3));

    /// <summary>Reads them.</summary>
    /// <exception cref="UsageException">A variable or an option has no meaning.</exception>
    /// <exception cref="InvalidFormatException">The parameter file is malformed.</exception>
    public static RunSettings Read(RunRequest request, RunHost host)
    {
        if (request.Alias is not null && request.Register is null)
            throw new UsageException("--alias needs --register NAME");
        if (request.Register is not null && request.Outputs.Count == 0)
            throw new UsageException("--register needs an output to register", "name it with: --out models/");
        if (request.Track && request.Outputs.Count == 0)
            throw new UsageException("--track needs outputs to track", "name them with: --out models/");
        if (request.Resume is not null && (request.Checkpoint is null || !RunIds.IsId(request.Resume)))
            throw new UsageException(request.Checkpoint is null ? "--resume needs --checkpoint DIR" : $"--resume: '{request.Resume}' is not the whole id of a run", "see: dv runs");
        if (host.Variable("DV_SHARD") is not null)
            throw new UsageException("DV_SHARD is set, and dv run takes all of its data", "unset it for dv run; one part alone is pulled with: dv pull --shard I/N");
        // A token that cannot be read is said now, and not by a server that misses it.
        GitToken.Read(host.Variables);
        MlflowSettings? mlflow = MlflowSettings.From(host.Variables, host.Environment.HomeDirectory);
        if (request.Register is not null && mlflow is null)
            throw new UsageException("--register needs an MLflow server", "set MLFLOW_TRACKING_URI");
        return new RunSettings
        {
            Parameters = ReadParameters(request, host),
            Rank = RankFacts.Find(host.Variables),
            Key = host.Variable("DV_RUN_KEY"),
            Grace = ReadGrace(host),
            RemapsExit = host.Variable("DV_CHILD_EXIT") switch
            {
                null or "pass" => false,
                "remap" => true,
                { } other => throw new UsageException($"DV_CHILD_EXIT: '{other}' is not pass or remap"),
            },
            Mlflow = mlflow,
            Lineage = LineageSettings.From(host.Variables),
            Image = host.Variable("DV_IMAGE") is { } image ? new ImageFacts(image, image.Split('@', 2) is [_, { } digest] ? digest : null, host.Variable("DV_IMAGE_REVISION"), host.Variable("DV_IMAGE_BASE_DIGEST")) : null,
        };
    }

    private static ParameterSet ReadParameters(RunRequest request, RunHost host)
    {
        byte[]? bytes = null;
        if (request.ParametersFile is { } file)
        {
            string path = Path.GetFullPath(file, request.WorkingDirectory);
            try
            {
                bytes = File.ReadAllBytes(path);
            }
            catch (Exception e) when (Platform.SystemErrors.IsFileError(e))
            {
                throw new UsageException($"--params-file '{file}': {Platform.SystemErrors.From(path, e).Message}");
            }
        }
        ParameterSet parameters = ParameterSet.Load(request.Parameters, host.Variables, request.ParametersFile, bytes);
        // Two that clash are said now, and not after an hour of pulling.
        parameters.ExportTo(new Dictionary<string, string>());
        return parameters;
    }

    private static TimeSpan ReadGrace(RunHost host)
    {
        if (host.Variable("DV_GRACE") is not { } text)
            return TimeSpan.FromSeconds(30);
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= MaxGrace
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"DV_GRACE: '{text}' is not a number of seconds", "for example: DV_GRACE=60");
    }
}
