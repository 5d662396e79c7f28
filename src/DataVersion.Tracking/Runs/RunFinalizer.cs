using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Ends a run: MLflow's status, the final record and statement, here and on the remote. After a signal all of it fits into the grace.</summary>
internal sealed class RunFinalizer(RunRecorder recorder, RunTracking? tracking, RunStages stages, RunHost host, RunRequest request, IRunView view)
{
    private static readonly TimeSpan TrackingLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RecordLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    /// <summary>Takes secrets out of what is recorded.</summary>
    public required Redactor Redactor { get; init; }

    /// <exception cref="RunFailedException">The record is required, and no remote takes it.</exception>
    public Task FinishAsync(RunEnd end, TimeSpan grace, StopSignals stops, CancellationToken cancellationToken) => stages.RunAsync(RunStages.Finalize, async () =>
    {
        await recorder.StopHeartAsync();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stops.LastToken);
        TimeSpan trackingLimit = TrackingLimit, recordLimit = RecordLimit;
        if (stops.First is not null)
        {
            TimeSpan left = grace - stops.Since;
            trackingLimit = Most(left / 2);
            recordLimit = Most(left / 2);
        }
        Describe(end);
        RunDocuments.WriteStatement(recorder.Store, recorder.Record, null);
        bool isRequired = request.RequireRecord && end.IsGood;
        // Before MLflow is told that the run ended well: without its record it did not.
        RunFailedException? failure = isRequired && !await SendAsync(recordLimit, linked.Token) ? Fail(end) : null;
        if (tracking is not null)
            await tracking.FinishAsync(trackingLimit, linked.Token);
        RunDocuments.WriteStatement(recorder.Store, recorder.Record, recorder.Save());
        if (failure is null && !await SendAsync(recordLimit, linked.Token) && isRequired)
            failure = Fail(end);
        if (failure is not null)
            throw failure;
        view.Monitor.Begin(Transfers.Stage.Scan);
        return $"run {RunIds.Short(recorder.Record.RunUuid)}";
    });

    private async Task<bool> SendAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await recorder.CloseAsync(limit, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // A second signal: what is here is whole, and is sent by dv runs sync.
            recorder.Store.MarkUnsent(recorder.Record.RunUuid, "stopped");
            return false;
        }
    }

    private void Describe(RunEnd end)
    {
        DateTimeOffset now = RunStages.Rounded(host.Clock.GetUtcNow());
        recorder.Update(r => end.Describe(r, stages.Done, now));
    }

    // What is kept here is what is sent later: it says what the run ended with.
    private RunFailedException Fail(RunEnd end)
    {
        var failure = new RunFailedException(
            RunExitCodes.Unavailable, $"no remote takes the record of the run: {recorder.Problem}", "the record is kept here; send it with: dv runs sync");
        end.Fail(failure, RunStages.Finalize, Redactor);
        Describe(end);
        RunDocuments.WriteStatement(recorder.Store, recorder.Record, recorder.Save());
        return failure;
    }

    private static TimeSpan Most(TimeSpan time) => time > Least ? time : Least;
}
