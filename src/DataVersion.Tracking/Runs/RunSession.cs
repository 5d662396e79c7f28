using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>
/// One run from pin to record: config → pin → preflight → pull → verify → tracking start → child → hash outputs → upload → finalize (docs/runs.md). The
/// trainer is started only where everything before it went well; what comes after it is done however it ended.
/// </summary>
public sealed class RunSession(RunRequest request, RunHost host, IRunView view)
{
    private readonly RecordingView _view = new(view);
    private readonly RunStages _stages = new(host.Clock, view);
    private RunRequest _request = request;
    private Redactor _redactor = new([], host.Variables);

    /// <summary>Runs it. Never throws for what goes wrong in the run: that is in the outcome, and was told to the view.</summary>
    /// <param name="fail">Told of the error that ends the run.</param>
    /// <param name="cancellationToken">Kills everything at once; a friendly end is a signal.</param>
    public async Task<RunOutcome> RunAsync(Action<Exception> fail, CancellationToken cancellationToken)
    {
        using var stops = new StopSignals(host.Signals, host.Clock);
        Repository? repository = null;
        RunRecorder? recorder = null;
        RunTracking? tracking = null;
        var end = new RunEnd(host, stops);
        RunSettings? settings = null;
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stops.Token);
            CancellationToken before = linked.Token;
            await _stages.RunAsync(RunStages.Config, () =>
            {
                _request = _request.WithVariables(host);
                settings = RunSettings.Read(_request, host);
                return Task.FromResult<string?>(null);
            });
            Pin? pin = null;
            await _stages.RunAsync(RunStages.Pin, () => Task.FromResult<string?>(ReadPin(out repository, out recorder, out pin, settings!, before)));
            using var work = new RunWork(_request, host, settings!, repository!, recorder!, _view, _stages) { Redactor = _redactor };
            IReadOnlyList<RunInput> inputs = await work.PrepareDataAsync(pin, before);
            if (settings!.Leads)
                tracking = new RunTracking(settings.Mlflow, settings.Lineage, recorder!, _redactor, host, _view);
            await work.StartTrackingAsync(tracking, pin, inputs, before);
            before.ThrowIfCancellationRequested();
            stops.Pause();
            SupervisedExit child = await work.RunChildAsync(tracking, cancellationToken);
            stops.Resume();
            end.TakeChild(child, settings.RemapsExit);
            if (settings.Leads)
                await work.TakeOutputsAsync(tracking, end, stops, cancellationToken);
        }
        catch (OperationCanceledException) when (stops.First is not null)
        {
            end.Stop();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            end.Fail(e, _stages.Current, _redactor);
            fail(e);
        }
        try
        {
            if (recorder is { HasRecord: true } && settings is { Leads: true })
                await new RunFinalizer(recorder, tracking, _stages, host, _request, _view) { Redactor = _redactor }.FinishAsync(end, settings.Grace, stops, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            end.Fail(e, RunStages.Finalize, _redactor);
            fail(e);
        }
        finally
        {
            if (tracking is not null)
                await tracking.DisposeAsync();
            if (recorder is not null)
                await recorder.DisposeAsync();
            repository?.Dispose();
        }
        end.WriteTerminationLog();
        return new RunOutcome(end.ExitCode, recorder is { HasRecord: true } ? recorder.Record : null);
    }

    private string ReadPin(out Repository repository, out RunRecorder recorder, out Pin? pin, RunSettings settings, CancellationToken cancellationToken)
    {
        var opener = new WorkspaceOpener(_request, host);
        repository = opener.Open(cancellationToken);
        Settings configured = repository.Settings;
        foreach (IgnoredValue ignored in configured.Ignored)
            _view.Warn($"{ignored.Message}: {ignored.Remedy}");
        _redactor = new Redactor(configured.RunRedact, GitToken.AddTo(host.Variables));
        recorder = new RunRecorder(repository, _request.RunsFolder is { } named ? new RunStore(named) : RunStoreFinder.Find(repository, host.TemporaryDirectory, _view.Warn), _request, host.Clock, _view);
        _view.Record(recorder, _redactor);
        recorder.Begin(new RunDescription(_request, host, settings, _redactor).First(repository) with { Warnings = [.. _view.Early.Select(_redactor.Clean)] });
        PinResolution found;
        try
        {
            found = new PinResolver(opener.PinRequest(repository)).Resolve(cancellationToken);
        }
        catch (PinRefusedException e) when (repository.Layout.Git is { } git)
        {
            // So that one finds the refused run by its commit.
            string? head = git.ForReading().Head;
            recorder.Update(r => head is null ? r : r with { Code = new CodeFacts { Commit = head, Dirty = e.Refusal == PinRefusal.DirtyCode } });
            throw;
        }
        foreach (string warning in found.Warnings)
            _view.Warn(warning);
        pin = found.Pin;
        string? workTree = repository.Layout.Git?.WorkTree;
        recorder.Update(r => RunDescription.WithPin(r, found, _redactor, workTree));
        if (pin is null)
            return "not pinned (allowed)";
        return $"{pin.Source switch { PinSource.Revision => $"revision {_request.Revision}", PinSource.Baked => pin.PinFile, _ => "commit" }} {pin.DataCommit[..12]}{(pin.Dirty ? ", with uncommitted changes" : "")}, {pin.Items.Count} tracked";
    }
}
