using DataVersion.Configuration;
using DataVersion.Operations;
using DataVersion.Platform;
using DataVersion.Storage;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;

namespace DataVersion.Tracking.Runs;

/// <summary>
/// Keeps the record of one run: here, and on a remote. A remote that does not take it stops nothing unless the record is required; then it is spooled for
/// <c>dv runs sync</c>.
/// </summary>
internal sealed class RunRecorder(Repository repository, RunStore store, RunRequest request, TimeProvider clock, IRunView view) : IAsyncDisposable
{
    // A remote that hangs must not hold up a training that could start, nor the end of one that is over.
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private RunRecord? _record;
    private Task _heart = Task.CompletedTask;
    private string? _problem;

    /// <summary>Where the runs of this machine are kept.</summary>
    public RunStore Store => store;

    /// <summary>As it stands.</summary>
    public RunRecord Record => _record ?? throw new InvalidOperationException("the run has no record yet");

    /// <summary>True once there is one.</summary>
    public bool HasRecord => _record is not null;

    /// <summary>Begins the record.</summary>
    public void Begin(RunRecord record) => _record = record;

    /// <summary>Changes the record; nothing is written.</summary>
    public void Update(Func<RunRecord, RunRecord> change)
    {
        lock (_gate)
            _record = change(Record);
    }

    /// <summary>Writes the record here.</summary>
    public byte[] Save() => store.Save(Record);

    /// <summary>Writes the record here and to the remote, and says from now on every minute that the run is alive.</summary>
    /// <exception cref="RunFailedException">No remote takes it, and the record is required.</exception>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        Save();
        if (!await TryPublishAsync(PublishLimit, cancellationToken) && request.RequireRecord)
            throw new RunFailedException(RunExitCodes.Unavailable, $"no remote takes the record of the run: {_problem}", "without --require-record the run would go on, and the record be sent later: dv runs sync");
        _heart = Task.Run(BeatAsync, CancellationToken.None);
    }

    /// <summary>Writes the final record here and to the remote.</summary>
    /// <returns>False where the remote lacks it: it is spooled.</returns>
    public async Task<bool> CloseAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        await StopHeartAsync();
        Save();
        return await TryPublishAsync(limit, cancellationToken);
    }

    /// <summary>Why the remote did not take the record; null where it did.</summary>
    public string? Problem => _problem;

    public async ValueTask DisposeAsync()
    {
        await StopHeartAsync();
        _stop.Dispose();
        _turn.Dispose();
    }

    /// <summary>No heartbeat changes the record any more: it is being finished.</summary>
    public async Task StopHeartAsync()
    {
        await _stop.CancelAsync();
        await _heart;
        _heart = Task.CompletedTask;
    }

    private async Task BeatAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(RunStates.Heartbeat, clock, _stop.Token);
                Update(r => r with { RefreshedOn = RunStages.Rounded(clock.GetUtcNow()) });
                try
                {
                    byte[] bytes = Save();
                    await SendAsync((ledger, token) => ledger.RefreshAsync(Record, bytes, token), RunStates.Heartbeat, _stop.Token);
                }
                catch (Exception e) when (e is DataVersionException or OperationCanceledException && !_stop.IsCancellationRequested)
                {
                    // The next minute tries again; at the end it is said.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }
    }

    private async Task<bool> TryPublishAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (request.NoRecordPush)
            return true;
        if (FindRemote() is null)
        {
            _problem = "no remote is configured";
            return false;
        }
        string id = Record.RunUuid;
        try
        {
            await SendAsync((ledger, token) => ledger.PublishAsync(Record, RunRecordJson.Write(Record), RunSpool.Contents(store, Record), token), limit, cancellationToken);
            _problem = null;
            store.MarkSent(id);
            return true;
        }
        catch (DataVersionException e)
        {
            _problem = e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _problem = $"the remote did not answer within {limit.TotalSeconds:0} seconds";
        }
        view.Warn($"the record of the run is kept here only ({_problem}); send it later with: dv runs sync");
        TryMarkUnsent(id);
        return false;
    }

    private async Task SendAsync(Func<RunLedger, CancellationToken, Task> send, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (FindRemote() is not { } remote)
            return;
        using var timeout = new CancellationTokenSource(limit, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await _turn.WaitAsync(linked.Token);
        try
        {
            // Where data could not be pulled from, a disk may not be mounted: the folder beneath it must not be made a remote.
            if (Record.Stage == $"{RunStates.FailedPrefix}{RunStages.Pull}")
                (await RemoteDocuments.OpenAsync(repository, remote, write: false, SilentMonitor.Instance, linked.Token)).Dispose();
            using RemoteDocuments documents = await RemoteDocuments.OpenAsync(repository, remote, write: true, SilentMonitor.Instance, linked.Token);
            await send(new RunLedger(documents), linked.Token);
        }
        finally
        {
            _turn.Release();
        }
    }

    private RemoteSettings? FindRemote()
    {
        if (request.NoRecordPush)
            return null;
        Settings settings = repository.Settings;
        string? name = settings.RunRemote ?? request.Remote ?? settings.Remote;
        return name is null ? null : settings.RequireRemote(name);
    }

    private void TryMarkUnsent(string id)
    {
        try
        {
            store.MarkUnsent(id, _problem ?? "");
        }
        catch (DataVersionException)
        {
            // A full disk: the record itself was said to be unsent.
        }
    }
}
