using DataVersion.Tracking.Lineage;
using DataVersion.Tracking.Metrics;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Tells MLflow and OpenLineage of the run. A server that is down never costs a training: what it lacks is replayed by <c>dv mlflow sync</c>.</summary>
internal sealed class RunTracking : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);

    private readonly MlflowSettings? _settings;
    private readonly LineageSettings? _lineage;
    private readonly RunRecorder _recorder;
    private readonly Redactor _redactor;
    private readonly RunHost _host;
    private readonly IRunView _view;
    private MlflowHttp? _http;
    private MlflowRun? _run;

    public RunTracking(MlflowSettings? settings, LineageSettings? lineage, RunRecorder recorder, Redactor redactor, RunHost host, IRunView view) =>
        (_settings, _lineage, _recorder, _redactor, _host, _view) = (settings, lineage, recorder, redactor, host, view);

    /// <summary>MLflow's id of the run; null where it has none (yet).</summary>
    public string? RunId => _run?.RunId;

    /// <summary>What is recorded of MLflow before the run starts; null where it is not used.</summary>
    public static TrackingFacts? Plan(MlflowSettings? settings, RunRequest request) => settings is null ? null : new TrackingFacts
    {
        TrackingUri = settings.Location,
        Experiment = request.Experiment ?? settings.ExperimentName,
        RunName = request.RunName ?? settings.RunName,
        LogOutputs = request.LogOutputs || request.Register is not null,
        ModelName = request.Register,
        ModelAlias = request.Alias,
        Delivered = false,
    };

    /// <summary>Opens the run in MLflow, and says that it starts.</summary>
    /// <exception cref="MlflowException">DV_MLFLOW=require, and the server does not take it.</exception>
    public async Task<string?> StartAsync(CancellationToken cancellationToken)
    {
        if (_settings is not null)
        {
            _http = new MlflowHttp(_settings, _host.Clock);
            _run = new MlflowRun(new MlflowClient(_http), MlflowMapping.Facts(_recorder.Record, null), _host.Clock);
            await _run.StartAsync(StartLimit, cancellationToken);
            if (_run.RunId is null)
                _view.Warn($"MLflow is not there ({_redactor.Clean(_run.LastProblem ?? "no answer")}): the run goes on, and what it lacks is sent when it is back, or by: dv mlflow sync");
            NoteRun();
        }
        await SayAsync(LineageState.Start, cancellationToken);
        return _run?.RunId is null ? null : $"MLflow run {_run.RunId}";
    }

    /// <summary>Hands on metrics; never waits.</summary>
    public Task LogAsync(IReadOnlyList<MetricPoint> points, CancellationToken cancellationToken) =>
        _run?.LogMetricsAsync([.. points.Select(MlflowMapping.ToMlflow)], cancellationToken) ?? Task.CompletedTask;

    /// <summary>Uploads the outputs and registers the model.</summary>
    /// <returns>What was done, in a few words.</returns>
    public async Task<string?> TakeOutputsAsync(string root, CancellationToken cancellationToken)
    {
        RunRecord record = _recorder.Record;
        if (_run is null || record.Mlflow is not { LogOutputs: true })
            return null;
        bool all = true;
        IReadOnlyList<MlflowUpload> uploads = MlflowMapping.Outputs(record, root);
        foreach (MlflowUpload upload in uploads)
            all &= await _run.UploadArtifactAsync(upload, cancellationToken);
        string note = $"{uploads.Count} artifacts";
        if (all && _run.RunId is { } id && MlflowMapping.Model(record, id) is { } model)
        {
            string? version = await _run.RegisterModelAsync(model, cancellationToken);
            _recorder.Update(r => r with { Mlflow = r.Mlflow! with { ModelVersion = version } });
            if (version is not null)
                note += $", model {model.Name} version {version}";
        }
        return note;
    }

    /// <summary>Sends what is left, the documents, and the status last; says the end to OpenLineage.</summary>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task FinishAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        RunRecord record = _recorder.Record;
        try
        {
            if (_run is not null)
                await FinishMlflowAsync(_run, record, deadline, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _recorder.Update(r => r with { Mlflow = r.Mlflow! with { Delivered = false, Problem = "the run was stopped before all was sent" } });
        }
        await SayAsync(LineageMapping.State(record), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await _run.DisposeAsync();
        _http?.Dispose();
    }

    private async Task FinishMlflowAsync(MlflowRun run, RunRecord record, TimeSpan deadline, CancellationToken cancellationToken)
    {
        long start = _host.Clock.GetTimestamp();
        NoteRun();
        // The document that is uploaded says what is true once all of it has arrived; where it does not, ours is corrected below.
        _recorder.Update(r => r with { Mlflow = r.Mlflow! with { Delivered = true, Problem = null } });
        byte[] bytes = _recorder.Save();
        if (run.RunId is not null)
        {
            using var limit = new CancellationTokenSource(deadline, _host.Clock);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                foreach (MlflowUpload upload in MlflowMapping.Documents(_recorder.Store, _recorder.Record))
                    await run.UploadArtifactAsync(upload, linked.Token);
                await run.LogTagsAsync(MlflowMapping.ProvenanceTag(bytes), linked.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                _view.Warn("MLflow did not take the documents of the run in time");
            }
        }
        TimeSpan left = deadline - _host.Clock.GetElapsedTime(start);
        bool delivered = await run.FinishAsync(MlflowMapping.Status(record), record.FinishedOn ?? _host.Clock.GetUtcNow(), left > TimeSpan.FromSeconds(2) ? left : TimeSpan.FromSeconds(2), cancellationToken);
        foreach (string refusal in run.Refusals)
            _view.Warn($"MLflow: {_redactor.Clean(refusal)}");
        if (delivered && (record.Mlflow?.ModelName is null || record.Stage != RunStates.Complete || _recorder.Record.Mlflow?.ModelVersion is not null))
            return;
        string problem = _redactor.Clean(run.LastProblem ?? "the model was not registered");
        NoteRun();
        _recorder.Update(r => r with { Mlflow = r.Mlflow! with { Delivered = false, Problem = problem } });
        _view.Warn($"MLflow does not have all of the run ({problem}); send the rest with: dv mlflow sync");
    }

    private void NoteRun()
    {
        if (_run?.RunId is { } id)
            _recorder.Update(r => r with { Mlflow = r.Mlflow! with { RunId = id, ExperimentId = _run.ExperimentId } });
    }

    private async Task SayAsync(LineageState state, CancellationToken cancellationToken)
    {
        if (_lineage is null)
            return;
        using var client = new LineageClient(_lineage, _host.Clock, Random.Shared);
        byte[] said = LineageEvents.Write(state, LineageMapping.Facts(_recorder.Record, _lineage, _redactor), _host.Clock.GetUtcNow());
        if (await client.SendAsync(said, cancellationToken) is { } problem)
            _view.Warn($"OpenLineage: {_redactor.Clean(problem)}");
    }
}
