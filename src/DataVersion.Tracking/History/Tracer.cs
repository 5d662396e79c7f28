using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.History;

/// <summary>
/// From some bytes back to the run that made them, its commit and its data, and on from data that a run made in their turn; and forward from data to
/// everything that was made of them.
/// </summary>
/// <param name="catalog">The runs.</param>
public sealed class Tracer(RunCatalog catalog)
{
    // A chain of datasets made of datasets that is longer goes in a circle, or is nobody's to read.
    private const int MaxDepth = 16;

    /// <summary>Traces a hash both ways.</summary>
    /// <param name="hash">Of a file, a tree or a data id, in hex; its first digits will do.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<TraceResult> TraceAsync(string hash, CancellationToken cancellationToken)
    {
        IReadOnlyList<RunRecord> makers = await catalog.ListAsync(new RunFilter { Model = hash }, cancellationToken);
        IReadOnlyList<RunRecord> users = await catalog.ListAsync(new RunFilter { Data = hash }, cancellationToken);
        return new TraceResult(hash, await BackAsync(makers, cancellationToken), users);
    }

    /// <summary>Traces a run back.</summary>
    public async Task<TraceResult> TraceAsync(RunRecord run, CancellationToken cancellationToken) =>
        new(run.RunUuid, await BackAsync([run], cancellationToken), []);

    private async Task<IReadOnlyList<TracedRun>> BackAsync(IReadOnlyList<RunRecord> makers, CancellationToken cancellationToken)
    {
        var traced = new List<TracedRun>();
        foreach (RunRecord maker in makers)
            traced.Add(await BackAsync(maker, 0, [], cancellationToken));
        return traced;
    }

    private async Task<TracedRun> BackAsync(RunRecord run, int depth, HashSet<string> above, CancellationToken cancellationToken)
    {
        var sources = new List<TracedData>();
        above.Add(run.RunUuid);
        foreach (DataFacts data in run.Data)
        {
            TracedRun? origin = null;
            if (depth < MaxDepth)
            {
                IReadOnlyList<RunRecord> makers = await catalog.ListAsync(new RunFilter { Model = data.Hash }, cancellationToken);
                // The one that was over before these data were read; a later run may have made the same bytes again.
                if (makers.FirstOrDefault(m => m.StartedOn <= run.StartedOn && !above.Contains(m.RunUuid)) is { } maker)
                    origin = await BackAsync(maker, depth + 1, above, cancellationToken);
            }
            sources.Add(new TracedData(data, origin));
        }
        above.Remove(run.RunUuid);
        return new TracedRun(run, sources);
    }
}

/// <summary>What a trace found.</summary>
/// <param name="Subject">The hash or run that was asked for.</param>
/// <param name="MadeBy">Runs that have it among their outputs, the latest first.</param>
/// <param name="UsedBy">Runs that have it among their data, the latest first.</param>
public sealed record TraceResult(string Subject, IReadOnlyList<TracedRun> MadeBy, IReadOnlyList<RunRecord> UsedBy);

/// <summary>A run, and where its data came from.</summary>
public sealed record TracedRun(RunRecord Run, IReadOnlyList<TracedData> Data);

/// <summary>A dataset, and the run that made it, where one did.</summary>
public sealed record TracedData(DataFacts Data, TracedRun? MadeBy);
