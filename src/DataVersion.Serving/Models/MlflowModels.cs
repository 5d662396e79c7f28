using System.Globalization;
using DataVersion.Objects;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Records;

namespace DataVersion.Serving.Models;

/// <summary>What MLflow knows of a model: what a version's number, stage or alias means now, and the run that made it.</summary>
internal sealed class MlflowModels : IDisposable
{
    private const string HashTag = "dv.model.sha256";
    private static readonly string[] Stages = ["None", "Staging", "Production", "Archived"];

    private readonly MlflowHttp _http;
    private readonly MlflowClient _client;
    private (string RunId, ModelLineage Lineage)? _known;

    /// <exception cref="UsageException">There is no server, or its settings have no meaning.</exception>
    internal MlflowModels(ServingHost host)
    {
        var variables = new Dictionary<string, string>(host.Environment);
        // It says how much a run depends on MLflow. And retries are the server's own: each attempt is seen in its log.
        variables.Remove("DV_MLFLOW");
        variables.TryAdd("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1");
        variables.TryAdd("MLFLOW_HTTP_REQUEST_TIMEOUT", "30");
        MlflowSettings settings = MlflowSettings.From(variables, host.HomeDirectory, out string? reason)
            ?? throw new UsageException($"the model is in MLflow, but {reason}", "set MLFLOW_TRACKING_URI to the server, such as http://mlflow:5000");
        _http = new MlflowHttp(settings, host.Clock);
        _client = new MlflowClient(_http);
    }

    internal MlflowClient Client => _client;

    /// <summary>The version that a name means now.</summary>
    /// <exception cref="DataVersionException">There is none, or the server fails.</exception>
    internal async Task<MlflowModelVersion> FindVersionAsync(ModelUri uri, CancellationToken cancellationToken)
    {
        if (uri.Alias is { } alias)
            return await _client.FindAliasAsync(uri.Name, alias, cancellationToken) ?? throw NoVersion(uri);
        string version = uri.Version!;
        if (version.All(char.IsAsciiDigit))
            return await _client.FindModelVersionAsync(uri.Name, version, cancellationToken) ?? throw NoVersion(uri);
        if (version.Equals("latest", StringComparison.OrdinalIgnoreCase))
            return Highest(await _client.FindModelVersionsAsync(uri.Name, cancellationToken)) ?? throw NoVersion(uri);
        if (!Stages.Contains(version, StringComparer.OrdinalIgnoreCase))
            throw new UsageException($"{uri}: '{PathRules.Printable(version)}' is neither a version, nor a stage, nor 'latest'", $"stages are {string.Join(", ", Stages)}; an alias is written models:/NAME@ALIAS");
        IReadOnlyList<MlflowModelVersion> all = await _client.GetLatestVersionsAsync(uri.Name, [version], cancellationToken);
        return Highest(all) ?? throw NoVersion(uri);
    }

    /// <summary>Where a version's files are.</summary>
    internal Task<string> FindFilesAsync(MlflowModelVersion version, CancellationToken cancellationToken) =>
        _client.GetDownloadUriAsync(version.Name, version.Version, cancellationToken);

    /// <summary>What the registry says that the version's hash is; null where it says nothing.</summary>
    internal static string? HashOf(MlflowModelVersion version) => version.Tags.TryGetValue(HashTag, out string? hash) && hash.Length > 0 ? hash : null;

    /// <summary>The run of an artifact's URI; null where it names none.</summary>
    internal static string? RunOf(string uri)
    {
        if (uri.StartsWith("runs:/", StringComparison.Ordinal))
            return uri["runs:/".Length..].TrimStart('/').Split('/')[0];
        // mlflow-artifacts:/EXPERIMENT/RUN/artifacts/…
        int colon = uri.IndexOf(':', StringComparison.Ordinal);
        string[] parts = uri[(colon + 1)..].TrimStart('/').Split('/');
        int at = Array.IndexOf(parts, "artifacts");
        return at > 0 ? parts[at - 1] : null;
    }

    /// <summary>What is known of a run; nothing of it is needed to serve the model, so what cannot be had is left out.</summary>
    internal async Task<ModelLineage> DescribeAsync(string? runId, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(runId))
            return ModelLineage.None;
        if (_known is { } known && known.RunId == runId)
            return known.Lineage;
        ModelLineage lineage;
        try
        {
            MlflowRunInfo run = await _client.GetRunAsync(runId, cancellationToken);
            lineage = new ModelLineage
            {
                RunId = runId,
                RunName = run.Name,
                RunUuid = run.Tags.GetValueOrDefault("dv.run.uuid"),
                Commit = run.Tags.GetValueOrDefault("mlflow.source.git.commit"),
                Repository = run.Tags.GetValueOrDefault("mlflow.source.git.repoURL"),
                DataCommit = run.Tags.GetValueOrDefault("dv.data.commit"),
                DataDigest = run.Tags.GetValueOrDefault("dv.data.digest"),
                Data = await ReadDataAsync(run.ArtifactUri, cancellationToken),
            };
        }
        catch (DataVersionException)
        {
            return new ModelLineage { RunId = runId };
        }
        _known = (runId, lineage);
        return lineage;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The data versions, from the record among the run's artifacts.</summary>
    private async Task<IReadOnlyList<ModelData>> ReadDataAsync(string? artifactUri, CancellationToken cancellationToken)
    {
        if (artifactUri is null || !_client.IsReachable(artifactUri))
            return [];
        IReadOnlyList<MlflowArtifact> documents = await _client.ListFolderAsync(artifactUri, "provenance", cancellationToken);
        if (documents.FirstOrDefault(d => d.Path == "provenance/provenance.json") is not { IsDirectory: false, Size: <= RunRecordJson.MaxBytes } document)
            return [];
        byte[] bytes = [];
        await _client.DownloadArtifactAsync(artifactUri, document.Path,
            _ => Task.FromResult<Stream>(new BoundedMemory(RunRecordJson.MaxBytes, done => bytes = done)), cancellationToken);
        return [.. RunRecordJson.Read(bytes, document.Path).Data.Select(d => new ModelData(d.Inside is null ? d.Path : $"{d.Path}/{d.Inside}", $"{d.Algo}:{d.Hash}", d.Size))];
    }

    private static MlflowModelVersion? Highest(IEnumerable<MlflowModelVersion> versions) =>
        versions.MaxBy(v => long.TryParse(v.Version, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1);

    private UsageException NoVersion(ModelUri uri) =>
        new($"{uri}: the registry at {_http.Settings.Location} knows no such version", "register it (dv run --register), or set the alias or stage");

    /// <summary>Memory that takes no more than it may, and is given away when it is closed.</summary>
    private sealed class BoundedMemory(int most, Action<byte[]> done) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => Length + buffer.Length > most
            ? throw new UsageException($"the record of the run has more than {most} bytes")
            : base.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing && CanRead)
                done(ToArray());
            base.Dispose(disposing);
        }
    }
}
