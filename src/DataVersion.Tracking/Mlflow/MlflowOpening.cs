namespace DataVersion.Tracking.Mlflow;

/// <summary>Finds the run of some facts on the server, or makes it: never a second one, whatever answers were lost.</summary>
internal sealed class MlflowOpening(MlflowClient client, MlflowFacts facts)
{
    // An answer to a create was lost: the run may turn up later.
    private bool _isUnsure;

    /// <summary>The run, which may be of an earlier attempt.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowRunInfo> FindOrCreateAsync(CancellationToken cancellationToken)
    {
        string experiment = await FindExperimentAsync(cancellationToken);
        for (int failures = 0; ; failures++)
        {
            if (await FindAsync(experiment, cancellationToken) is { } found)
                return found;
            bool wasUnsure = _isUnsure;
            _isUnsure = true;
            try
            {
                MlflowRunInfo created = await client.CreateRunAsync(
                    experiment, facts.StartTime, facts.RunName ?? client.Http.Settings.RunName, MlflowTags.OfNewRun(facts), cancellationToken);
                _isUnsure = wasUnsure;
                return wasUnsure ? await KeepOneAsync(created, cancellationToken) : created;
            }
            catch (MlflowException e) when (e.IsTransient && client.Http.ShouldRetry(e, failures))
            {
                await client.Http.WaitAsync(e, failures, cancellationToken);
            }
            catch (MlflowException e) when (!e.IsTransient && e.StatusCode is not null)
            {
                _isUnsure = wasUnsure;
                throw;
            }
        }
    }

    /// <summary>Deletes (restorably) what a create made whose answer was lost and which the server finished later.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task RemoveLateAsync(MlflowRunInfo ours, CancellationToken cancellationToken)
    {
        if (!_isUnsure)
            return;
        foreach (MlflowRunInfo other in await client.FindRunsAsync(ours.ExperimentId, MlflowTags.RunUuid, MlflowTags.Searchable(facts.RunUuid), cancellationToken))
        {
            if (other.RunId != ours.RunId)
                await client.DeleteRunAsync(other.RunId, cancellationToken);
        }
    }

    private async Task<MlflowRunInfo?> FindAsync(string experiment, CancellationToken cancellationToken)
    {
        IReadOnlyList<MlflowRunInfo> runs = await client.FindRunsAsync(experiment, MlflowTags.RunUuid, MlflowTags.Searchable(facts.RunUuid), cancellationToken);
        if (runs.Count == 0 && facts.RunKey is { } key)
            runs = await client.FindRunsAsync(experiment, MlflowTags.RunKey, MlflowTags.Searchable(key), cancellationToken);
        return First(runs);
    }

    private async Task<MlflowRunInfo> KeepOneAsync(MlflowRunInfo created, CancellationToken cancellationToken)
    {
        MlflowRunInfo kept = await FindAsync(created.ExperimentId, cancellationToken) ?? created;
        await RemoveLateAsync(kept, cancellationToken);
        return kept;
    }

    // Whoever looks picks the same one.
    private static MlflowRunInfo? First(IReadOnlyList<MlflowRunInfo> runs) =>
        runs.OrderBy(run => run.StartTime).ThenBy(run => run.RunId, StringComparer.Ordinal).FirstOrDefault();

    private async Task<string> FindExperimentAsync(CancellationToken cancellationToken)
    {
        MlflowSettings settings = client.Http.Settings;
        string? name = facts.ExperimentName ?? settings.ExperimentName;
        if (name is null && settings.ExperimentId is { } id)
            return id;
        MlflowExperiment experiment = await client.EnsureExperimentAsync(name ?? "Default", cancellationToken);
        return facts.ExperimentName is not null || settings.ExperimentId is null || settings.ExperimentId == experiment.Id ? experiment.Id
            : throw new MlflowException(settings.Location, $"experiment '{name}' has id {experiment.Id}, not {settings.ExperimentId}",
                "unset MLFLOW_EXPERIMENT_NAME or MLFLOW_EXPERIMENT_ID");
    }
}
