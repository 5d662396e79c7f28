using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DataVersion.Tracking.Metrics;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>A record in MLflow's words (docs/mlflow.md). The record is the source of all of it, so that a replay says what the run would have said.</summary>
public static class MlflowMapping
{
    private const string ArtifactFolder = "provenance";

    /// <summary>Where outputs go among the artifacts.</summary>
    public const string OutputFolder = "outputs";

    /// <summary>What is known of a run.</summary>
    public static MlflowFacts Facts(RunRecord record, string? runName) => new()
    {
        RunUuid = record.RunUuid,
        RunKey = record.Key,
        Attempt = record.Attempt,
        ExperimentName = record.Mlflow?.Experiment,
        RunName = runName ?? record.Mlflow?.RunName,
        StartTime = record.StartedOn,
        Tags = Tags(record),
        Params = Params(record),
        Datasets = [.. record.Data.Select(d => Dataset(d, record))],
    };

    /// <summary>The status of a run that is over.</summary>
    public static MlflowStatus Status(RunRecord record) => record.Stage switch
    {
        RunStates.Complete => MlflowStatus.Finished,
        RunStates.Killed => MlflowStatus.Killed,
        _ => MlflowStatus.Failed,
    };

    /// <summary>The points of a run's <c>metrics.jsonl</c>; lines that are no metrics are passed over, as they were while the run lasted.</summary>
    public static async IAsyncEnumerable<MlflowPoint> PointsAsync(
        string file, DateTimeOffset fallback, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            yield break;
        long number = 0;
        await foreach (string line in File.ReadLinesAsync(file, cancellationToken))
        {
            var points = new List<MetricPoint>();
            MetricLine.TryParse(Encoding.UTF8.GetBytes(line), ++number, fallback.ToUnixTimeMilliseconds(), points, out _);
            foreach (MetricPoint point in points)
                yield return ToMlflow(point);
        }
    }

    /// <summary>A point as MLflow has it.</summary>
    public static MlflowPoint ToMlflow(MetricPoint point) => new(point.Name, point.Value, point.TimestampMs, point.Step);

    /// <summary>The record's documents as artifacts.</summary>
    public static IReadOnlyList<MlflowUpload> Documents(RunStore store, RunRecord record) =>
        [.. store.Beside(record).Append(DocumentNames.Record).Select(n => Upload($"{ArtifactFolder}/{n}", store.PathOf(record.RunUuid, n)))];

    /// <summary>The files of the outputs as artifacts; those that are gone are left out.</summary>
    /// <param name="record">The run.</param>
    /// <param name="root">The workspace.</param>
    public static IReadOnlyList<MlflowUpload> Outputs(RunRecord record, string root) =>
    [
        .. record.Outputs.SelectMany(o => o.Files.Select(f => (Output: o, File: f, Path: Path.Combine(root, o.Path, f.Path))))
            .Where(f => File.Exists(f.Path))
            .Select(f => Upload(ArtifactPath(f.Output, f.File), f.Path) with { Sha256 = f.File.Sha256 }),
    ];

    /// <summary>The model that is registered: the first output.</summary>
    public static MlflowModel? Model(RunRecord record, string mlflowRunId) => record is { Mlflow.ModelName: { } name, Outputs: [{ } output, ..] }
        ? new MlflowModel(name, $"runs:/{mlflowRunId}/{OutputFolder}/{Name(output.Path)}", record.Mlflow.ModelAlias, output.Sha256)
        : null;

    private static string ArtifactPath(OutputFacts output, OutputFile file) =>
        file.Path.Length == 0 ? $"{OutputFolder}/{Name(output.Path)}" : $"{OutputFolder}/{Name(output.Path)}/{file.Path}";

    // An output outside of the workspace is known by its last name.
    private static string Name(string path) => Path.IsPathRooted(path) ? Path.GetFileName(path) : path;

    private static MlflowUpload Upload(string name, string path) =>
        new(name, new FileInfo(path).Length, _ => Task.FromResult<Stream>(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0)));

    private static Dictionary<string, string> Tags(RunRecord record)
    {
        var tags = new Dictionary<string, string?>
        {
            ["mlflow.source.git.commit"] = record.Code?.Commit,
            ["mlflow.source.git.branch"] = record.Code?.Branch,
            ["mlflow.source.git.repoURL"] = record.Code?.Repo,
            ["mlflow.source.name"] = string.Join(' ', record.Train.Command),
            ["mlflow.source.type"] = "PROJECT",
            ["mlflow.docker.image.uri"] = record.Image?.Reference,
            ["mlflow.docker.image.id"] = record.Image?.Digest,
            ["mlflow.user"] = record.Orchestrator?.User,
            ["dv.version"] = record.Tool.Version,
            ["dv.git.dirty"] = record.Code is { } code ? (code.Dirty ? "true" : "false") : null,
            ["dv.data.digest"] = record.DataDigest,
            ["dv.data.commit"] = record.Pin?.Commit,
            ["dv.gpu.uuid"] = record.Gpu is { Devices.Count: > 0 } gpu ? string.Join(',', gpu.Devices.Select(d => d.Uuid)) : null,
            ["dv.gpu.provider"] = record.Gpu?.Provider,
            ["dv.driver"] = record.Gpu?.Driver,
            ["dv.reproduces"] = record.Reproduces,
        };
        return tags.Where(t => !string.IsNullOrEmpty(t.Value)).ToDictionary(t => t.Key, t => t.Value!);
    }

    private static Dictionary<string, string> Params(RunRecord record)
    {
        Dictionary<string, string> values = record.Train.Params.ToDictionary();
        foreach ((string name, string value) in record.Train.Seeds)
            values.TryAdd(name, value);
        if (record.Code is { } code)
            values.TryAdd("git_commit", code.Commit);
        return values;
    }

    private static MlflowDataset Dataset(DataFacts data, RunRecord record)
    {
        string path = data.Inside is null ? data.Path : $"{data.Path}/{data.Inside}";
        string source = Json(json =>
        {
            json.WriteString("url", data.Remote ?? "");
            json.WriteString("path", path);
            json.WriteString("rev", record.Pin?.Commit ?? "");
            json.WriteString("algo", data.Algo);
            json.WriteString("hash", data.Hash);
        });
        string profile = Json(json =>
        {
            json.WriteNumber("size", data.Size);
            json.WriteNumber("nfiles", data.Nfiles);
        });
        return new MlflowDataset(path, MlflowLimits.DatasetDigest(data.Algo, data.Hash), source, profile);
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>The tag by which an auditor checks that an artifact is the record.</summary>
    public static Dictionary<string, string> ProvenanceTag(ReadOnlySpan<byte> record) =>
        new() { ["dv.provenance.sha256"] = Convert.ToHexStringLower(SHA256.HashData(record)) };

    /// <summary>A number of points, for messages.</summary>
    internal static string Points(long points) => string.Create(CultureInfo.InvariantCulture, $"{points:#,0} metric points");
}
