using System.Globalization;
using DataVersion.Configuration;
using DataVersion.Operations;
using DataVersion.Tracking.Manifests;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Preflight;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;

namespace DataVersion.Tracking.Runs;

/// <summary>The stages of a run that work on data: everything between the pin and the record.</summary>
internal sealed class RunWork(
    RunRequest request, RunHost host, RunSettings settings, Repository repository, RunRecorder recorder, IRunView view, RunStages stages)
    : IDisposable
{
    private static readonly TimeSpan PythonLimit = TimeSpan.FromSeconds(20);

    private readonly OutputKeeper _outputs = new(repository, request, view);
    private CheckpointKeeper? _checkpoints;
    private RestoredCheckpoint? _restored;
    private Task<PythonFacts?> _python = Task.FromResult<PythonFacts?>(null);

    /// <summary>Takes secrets out of what is recorded.</summary>
    public required Redactor Redactor { get; init; }

    /// <summary>Preflight, pull and verify.</summary>
    public async Task<IReadOnlyList<RunInput>> PrepareDataAsync(Pin? pin, CancellationToken cancellationToken)
    {
        var data = new RunInputs(repository, request, pin, view);
        IReadOnlyList<RunInput> inputs = [];
        var pending = new PendingBytes([], 0);
        bool isPulled = false;
        long began = 0;
        await stages.RunAsync(RunStages.Preflight, async () =>
        {
            var preflight = new RunPreflight(repository, request, host, view);
            inputs = data.Select(cancellationToken);
            recorder.Update(r => r with { Data = [.. inputs.Select(i => data.Describe(i, verified: false, 0))] });
            recorder.Update(r => r with { DataDigest = DataDigest.Of(r.Data) });
            preflight.Remotes();
            GpuReport report = preflight.Gpu();
            GpuFacts gpu = preflight.Describe(report);
            recorder.Update(r => r with { Gpu = gpu });
            preflight.Judge(report);
            AskPython(cancellationToken);
            // Data that were baked into a read-only image need no place to be written to.
            began = host.Clock.GetTimestamp();
            isPulled = preflight.MayWrite || (await data.FindProblemsAsync(inputs, cancellationToken)).Problems.Count > 0;
            if (isPulled)
                pending = await preflight.DisksAsync(inputs, cancellationToken);
            return gpu.Devices.Count > 0 ? $"{gpu.Devices.Count} GPU, driver {gpu.Driver}" : "no GPU";
        });
        await stages.RunAsync(RunStages.Pull, async () =>
        {
            string note = isPulled ? await data.PullAsync(inputs, cancellationToken) : "everything is in place";
            // A machine with a GPU costs as much while it waits for data as while it computes.
            return recorder.Record.Gpu is { Devices.Count: > 0 }
                ? string.Create(CultureInfo.InvariantCulture, $"{note}; GPU idle for {host.Clock.GetElapsedTime(began).TotalSeconds:0.0} s")
                : note;
        });
        await stages.RunAsync(RunStages.Verify, async () =>
        {
            VerifyResult verified = await data.VerifyAsync(inputs, cancellationToken);
            recorder.Update(r => r with
            {
                Data = [.. inputs.Select((input, i) => data.Describe(input, verified.Problems.Count == 0, i < pending.Downloads.Count ? pending.Downloads[i] : 0))],
                Gpu = r.Gpu is { Devices.Count: > 0 } gpu ? gpu with { IdleSecondsDuringPull = Math.Round(host.Clock.GetElapsedTime(began).TotalSeconds, 3) } : r.Gpu,
            });
            return StageNotes.Count(verified.Files, "file");
        });
        return inputs;
    }

    /// <summary>Records the run as running, opens it in MLflow, brings back the checkpoint.</summary>
    public Task StartTrackingAsync(RunTracking? tracking, Pin? pin, IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken) =>
        stages.RunAsync(RunStages.Tracking, async () =>
        {
            await DescribeAttemptAsync(cancellationToken);
            PythonFacts? python = await _python;
            await RestoreAsync(cancellationToken);
            if (!settings.Leads)
                return $"rank {settings.Rank!.Rank}: rank 0 tracks";
            var capture = new EnvironmentCapture(host.Machine, host.Variables, Redactor);
            EnvironmentDocument environment = capture.WithPackages(recorder.Record.RunUuid, capture.Machine(), python, request.Command, request.WorkingDirectory);
            recorder.Update(r => r with { Runtime = environment.Runtime });
            RunStore store = recorder.Store;
            store.Save(recorder.Record.RunUuid, DocumentNames.Environment, RunRecordJson.Write(environment));
            if (pin?.Diff is { Length: > 0 } diff)
                store.Save(recorder.Record.RunUuid, DocumentNames.Diff, Redactor.Clean(diff));
            await WriteManifestAsync(inputs, cancellationToken);
            await recorder.AnnounceAsync(cancellationToken);
            string? tracked = tracking is null ? null : await tracking.StartAsync(cancellationToken);
            return string.Join(", ", ((string?[])[
                $"run {RunIds.Short(recorder.Record.RunUuid)}", recorder.Record.Attempt > 1 ? $"attempt {recorder.Record.Attempt}" : null,
                _restored?.Note, tracked]).OfType<string>());
        });

    /// <summary>Runs the trainer, and saves its last checkpoint where it was stopped.</summary>
    public async Task<SupervisedExit> RunChildAsync(RunTracking? tracking, CancellationToken cancellationToken)
    {
        SupervisedExit? exit = null;
        _outputs.LookBefore();
        await stages.RunAsync(RunStages.Child, async () =>
        {
            var child = new ChildRun(request, host, settings, recorder, tracking)
            {
                Checkpoints = settings.Leads ? _checkpoints : null,
                View = view,
                Cleaner = new MetricsCleaner(Redactor),
                IsRestored = _restored is not null,
            };
            exit = await child.RunAsync(cancellationToken);
            // The command may hold a secret, and the problem names it.
            exit = exit with { Problem = exit.Problem is { } problem ? Redactor.Clean(problem) : null };
            return exit.Start == StartOutcome.Started ? exit.Exit.Signal is { } signal ? $"signal {signal}" : $"exit {exit.Exit.Code}" : exit.Problem;
        });
        return exit!;
    }

    /// <summary>Outputs of a trainer that ended well, the last checkpoint of one that did not.</summary>
    public async Task TakeOutputsAsync(RunTracking? tracking, RunEnd end, StopSignals stops, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stops.Token);
        if (_checkpoints is not null && end.ChildExitCode is not null)
            await SaveCheckpointAsync(stops, cancellationToken);
        if (!end.IsGood)
            return;
        await stages.RunAsync(RunStages.Outputs, async () =>
        {
            IReadOnlyList<OutputFacts> outputs = await _outputs.TakeAsync(linked.Token);
            recorder.Update(r => r with { Outputs = outputs });
            return $"{StageNotes.Count(outputs.Sum(o => o.Nfiles), "file")} of {StageNotes.Bytes(outputs.Sum(o => o.Size))}";
        });
        await stages.RunAsync(RunStages.Upload, async () =>
        {
            string? pushed = await PushOutputsAsync(linked.Token);
            string? logged = tracking is null ? null : await tracking.TakeOutputsAsync(repository.Layout.Root, linked.Token);
            return string.Join(", ", ((string?[])[pushed, logged]).OfType<string>()) is { Length: > 0 } note ? note : null;
        });
    }

    public void Dispose() => _checkpoints?.Dispose();

    private async Task<string?> PushOutputsAsync(CancellationToken cancellationToken)
    {
        if (request.Outputs.Count == 0 || request.NoPush)
            return null;
        Settings configured = repository.Settings;
        if (configured.Remotes.Count == 0)
        {
            view.Warn("no remote is configured: the outputs are kept in the cache here only");
            return null;
        }
        RemoteSettings remote = configured.RequireRemote(request.Remote);
        TransferResult pushed = await _outputs.PushAsync(remote, cancellationToken);
        recorder.Update(r => r with { Outputs = [.. r.Outputs.Select(o => o with { Pushed = true })] });
        return $"{StageNotes.Count(pushed.Objects, "object")} of {StageNotes.Bytes(pushed.Bytes)} to '{remote.Name}'";
    }

    private async Task SaveCheckpointAsync(StopSignals stops, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stops.LastToken);
        if (stops.First is not null)
            limit.CancelAfter(settings.Grace - stops.Since > TimeSpan.FromSeconds(1) ? settings.Grace - stops.Since : TimeSpan.FromSeconds(1));
        try
        {
            if (!await _checkpoints!.SaveAsync(limit.Token))
                view.Warn($"the last checkpoint was not saved: {_checkpoints.Problem}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            view.Warn("the last checkpoint did not fit into the grace; the one before it is kept");
        }
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (request.Checkpoint is not { } folder)
            return;
        Settings configured = repository.Settings;
        RemoteSettings remote = configured.RequireRemote(configured.RunRemote ?? request.Remote);
        string full = Path.GetFullPath(folder, request.WorkingDirectory);
        _checkpoints = new CheckpointKeeper(repository, full, folder, remote, recorder, host.Clock);
        _restored = await _checkpoints.RestoreAsync(request.Resume, view.Monitor, cancellationToken);
        if (_restored?.Facts is { } restored)
            recorder.Update(r => r with { Checkpoints = [restored] });
    }

    // The attempts before this one, here and on the remote, tell its number.
    private async Task DescribeAttemptAsync(CancellationToken cancellationToken)
    {
        if (recorder.Record.Key is not { } key || !settings.Leads)
            return;
        var attempts = new List<RunRecord>();
        foreach (string id in recorder.Store.List())
        {
            if (TryLoad(id) is { } earlier && earlier.Key == key)
                attempts.Add(earlier);
        }
        try
        {
            string? name = repository.Settings.RunRemote ?? request.Remote ?? repository.Settings.Remote;
            if (name is not null)
            {
                using RemoteDocuments documents = await RemoteDocuments.OpenAsync(repository, repository.Settings.RequireRemote(name), write: false, SilentMonitor.Instance, cancellationToken);
                var ledger = new RunLedger(documents);
                foreach (string id in await ledger.FindAsync(RunLedger.ByKey, RunLedger.HashOfKey(key), cancellationToken))
                {
                    if (await ledger.TryReadAsync(id, cancellationToken) is { } earlier)
                        attempts.Add(earlier);
                }
            }
        }
        catch (DataVersionException e) when (e is RemoteException or InvalidFormatException)
        {
            view.Warn($"earlier attempts of '{key}' cannot be counted: {e.Message}");
        }
        int last = attempts.Where(a => a.RunUuid != recorder.Record.RunUuid).Select(a => a.Attempt).DefaultIfEmpty(0).Max();
        recorder.Update(r => r with { Attempt = last + 1 });
    }

    private RunRecord? TryLoad(string id)
    {
        try
        {
            return recorder.Store.TryLoad(id);
        }
        catch (DataVersionException)
        {
            return null;
        }
    }

    // The trees are in the cache wherever data were pulled; of data that were baked into an image they are made of what lies there.
    private async Task WriteManifestAsync(IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken)
    {
        string path = recorder.Store.PathOf(recorder.Record.RunUuid, DocumentNames.Manifest);
        try
        {
            WrittenManifest written;
            await using (FileStream stream = File.Create(path))
                written = await DataManifest.WriteAsync(stream, RunManifest.ListAsync(repository, inputs, cancellationToken), cancellationToken);
            recorder.Update(r => r with { DataManifestSha256 = written.Sha256.Hex });
        }
        catch (ObjectMissingException e)
        {
            File.Delete(path);
            view.Warn($"the files of the data are not listed: {e.Message}");
        }
    }

    // While data come: an interpreter with many packages takes a second to list them.
    private void AskPython(CancellationToken cancellationToken)
    {
        if (!settings.Leads || !request.ListsPackages || PythonPackages.FindInterpreter(request.Command, request.WorkingDirectory, host.Variable("PATH") ?? "") is not { } interpreter)
            return;
        _python = PythonPackages.AskAsync(interpreter, host.ChildVariables, request.WorkingDirectory, PythonLimit, cancellationToken);
    }
}
