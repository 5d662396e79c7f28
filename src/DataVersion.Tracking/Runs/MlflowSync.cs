using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Brings runs to an MLflow server that was not there, or not for all of it, while they lasted. The record and the metrics file say what is to be there; sending it twice changes nothing.</summary>
/// <param name="store">The runs of this machine.</param>
/// <param name="root">The workspace, where outputs lie.</param>
public sealed class MlflowSync(RunStore store, string root)
{
    /// <summary>The runs that are over and that the server lacks something of, oldest first.</summary>
    public IReadOnlyList<RunRecord> FindPending()
    {
        var pending = new List<RunRecord>();
        foreach (string id in store.List().Reverse())
        {
            if (TryLoad(id) is { Mlflow: { Delivered: false }, FinishedOn: not null } record)
                pending.Add(record);
        }
        return pending;
    }

    /// <summary>Sends all that is known of a run, and notes that it has arrived.</summary>
    /// <returns>The record as it is now.</returns>
    /// <exception cref="MlflowException">The server fails or refuses; the next sync goes on.</exception>
    public async Task<SyncedRun> SendAsync(MlflowClient client, RunRecord record, CancellationToken cancellationToken)
    {
        RunRecord delivered = record with { Mlflow = record.Mlflow! with { TrackingUri = client.Http.Settings.Location, Delivered = true, Problem = null } };
        byte[] bytes = store.Save(delivered);
        try
        {
            MlflowFacts facts = MlflowMapping.Facts(delivered, null);
            foreach ((string name, string value) in MlflowMapping.ProvenanceTag(bytes))
                facts = facts with { Tags = new Dictionary<string, string>(facts.Tags) { [name] = value } };
            IReadOnlyList<MlflowUpload> outputs = delivered.Mlflow is { LogOutputs: true } ? MlflowMapping.Outputs(delivered, root) : [];
            bool isWhole = outputs.Count == delivered.Outputs.Sum(o => o.Files.Count);
            MlflowReplayed replayed = await new MlflowReplay(client).RunAsync(new MlflowHistory
            {
                Facts = facts,
                Points = MlflowMapping.PointsAsync(store.PathOf(record.RunUuid, DocumentNames.Metrics), record.FinishedOn ?? record.StartedOn, cancellationToken),
                Artifacts = [.. MlflowMapping.Documents(store, record), .. outputs],
                Models = isWhole && record.Stage == RunStates.Complete && record.Mlflow!.ModelName is not null ? [run => MlflowMapping.Model(delivered, run.RunId)!] : [],
                Status = MlflowMapping.Status(record),
                EndTime = record.FinishedOn ?? record.StartedOn,
            }, cancellationToken);
            delivered = delivered with
            {
                Mlflow = delivered.Mlflow! with { RunId = replayed.RunId, ExperimentId = replayed.ExperimentId, ModelVersion = replayed.Versions is [{ } version, ..] ? version.Version : delivered.Mlflow.ModelVersion },
            };
            RunDocuments.WriteStatement(store, delivered, store.Save(delivered));
            // The remote has the record from before; dv runs sync brings it this one.
            store.MarkUnsent(record.RunUuid, "sent to MLflow since");
            return new SyncedRun(delivered, replayed.Points, replayed.Refusals, isWhole || delivered.Mlflow is { LogOutputs: false });
        }
        catch
        {
            store.Save(record);
            throw;
        }
    }

    private RunRecord? TryLoad(string id)
    {
        try
        {
            return store.TryLoad(id);
        }
        catch (DataVersionException)
        {
            // A record of a newer dv, or a damaged one: dv runs says so.
            return null;
        }
    }
}

/// <summary>A run that was sent.</summary>
/// <param name="Record">As it is now.</param>
/// <param name="Points">Metric points sent.</param>
/// <param name="Refusals">What the server would not take.</param>
/// <param name="HasOutputs">False where outputs that were to be uploaded are not here any more.</param>
public sealed record SyncedRun(RunRecord Record, long Points, IReadOnlyList<string> Refusals, bool HasOutputs);
