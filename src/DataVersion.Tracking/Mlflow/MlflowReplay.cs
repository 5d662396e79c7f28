namespace DataVersion.Tracking.Mlflow;

/// <summary>All that is known of a run afterwards.</summary>
public sealed record MlflowHistory
{
    /// <summary>The run.</summary>
    public required MlflowFacts Facts { get; init; }

    /// <summary>All its points, those that the server has included: an equal point changes nothing there.</summary>
    public required IAsyncEnumerable<MlflowPoint> Points { get; init; }

    /// <summary>All its artifacts.</summary>
    public IReadOnlyList<MlflowUpload> Artifacts { get; init; } = [];

    /// <summary>Models to register; each is made from the run, since its source names the run's id or artifact URI.</summary>
    public IReadOnlyList<Func<MlflowRunInfo, MlflowModel>> Models { get; init; } = [];

    /// <summary>How it ended; null where that is not known, and the status stays as it is.</summary>
    public MlflowStatus? Status { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset EndTime { get; init; }
}

/// <summary>What a replay did.</summary>
/// <param name="RunId">The run on the server.</param>
/// <param name="ExperimentId">Its experiment.</param>
/// <param name="Points">Points sent.</param>
/// <param name="Versions">Versions of registered models, as in <see cref="MlflowHistory.Models"/>.</param>
/// <param name="Refusals">What the server would not take; a further replay does not help.</param>
public sealed record MlflowReplayed(string RunId, string ExperimentId, long Points, IReadOnlyList<MlflowModelVersion> Versions, IReadOnlyList<string> Refusals);

/// <summary>
/// Brings a run on the server to what its history says, however much of it is there: once or ten times, the result is one run, one version of
/// each model, each point once.
/// </summary>
/// <param name="client">The server; the caller disposes of it.</param>
public sealed class MlflowReplay(MlflowClient client)
{
    /// <summary>Replays a run. A later attempt that has reopened the run keeps its tags, files and status.</summary>
    /// <exception cref="MlflowException">The server fails or refuses; what was delivered stays, and the next replay goes on.</exception>
    /// <exception cref="DataVersionException">An artifact cannot be read.</exception>
    public async Task<MlflowReplayed> RunAsync(MlflowHistory history, CancellationToken cancellationToken)
    {
        var delivery = new MlflowDelivery(client, history.Facts);
        await delivery.OpenAsync(live: false, cancellationToken);
        long points = await SendPointsAsync(delivery, history.Points, cancellationToken);
        foreach (MlflowUpload upload in history.Artifacts)
            await delivery.UploadAsync(upload, cancellationToken);
        var versions = new List<MlflowModelVersion>();
        foreach (Func<MlflowRunInfo, MlflowModel> model in history.Models)
            versions.Add(await delivery.RegisterAsync(model(delivery.Run!), cancellationToken));
        if (history.Status is { } status)
            await delivery.CloseAsync(status, history.EndTime, cancellationToken);
        return new MlflowReplayed(delivery.Run!.RunId, delivery.Run.ExperimentId, points, versions, delivery.Refusals);
    }

    private static async Task<long> SendPointsAsync(MlflowDelivery delivery, IAsyncEnumerable<MlflowPoint> points, CancellationToken cancellationToken)
    {
        long sent = 0;
        var batch = new List<MlflowPoint>(MlflowLimits.MetricsPerBatch);
        await foreach (MlflowPoint point in points.WithCancellation(cancellationToken))
        {
            batch.Add(point);
            if (batch.Count < MlflowLimits.MetricsPerBatch)
                continue;
            await delivery.SendPointsAsync(batch, cancellationToken);
            sent += batch.Count;
            batch.Clear();
        }
        if (batch.Count > 0)
            await delivery.SendPointsAsync(batch, cancellationToken);
        return sent + batch.Count;
    }
}
