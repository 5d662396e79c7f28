using DataVersion.Configuration;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Runs;

/// <summary>
/// Pushes the folder that a trainer saves its state to, now and then and when the machine is about to go, and brings it back before the next attempt
/// starts. Content that a remote has is not sent again.
/// </summary>
/// <param name="repository">The workspace.</param>
/// <param name="folder">The folder, absolute.</param>
/// <param name="shown">As the user named it.</param>
/// <param name="remote">Where to.</param>
/// <param name="recorder">The run.</param>
/// <param name="clock">The clock.</param>
internal sealed class CheckpointKeeper(Repository repository, string folder, string shown, RemoteSettings remote, RunRecorder recorder, TimeProvider clock)
    : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Pointer? _last;

    /// <summary>Why the last save did not succeed; null where it did.</summary>
    public string? Problem { get; private set; }

    /// <summary>Brings back the last checkpoint of an earlier attempt, or of a run that is named.</summary>
    /// <returns>What was restored; null where there is none.</returns>
    /// <exception cref="UsageException">The run that is named kept none.</exception>
    /// <exception cref="RunFailedException">It is not whole, or the folder holds something else.</exception>
    public async Task<CheckpointFacts?> RestoreAsync(string? resume, ITransferMonitor monitor, CancellationToken cancellationToken)
    {
        string key = resume is null ? KeyOf(recorder.Record) : resume;
        if (resume is null && recorder.Record.Key is null)
            return null;
        byte[]? bytes;
        using (RemoteDocuments documents = await RemoteDocuments.OpenAsync(repository, remote, write: false, monitor, cancellationToken))
            bytes = await documents.TryReadAsync(NameOf(key), CheckpointDocument.MaxBytes, cancellationToken);
        if (bytes is null)
            return resume is null ? null : throw new UsageException($"run '{resume}' has kept no checkpoint on remote '{remote.Name}'", "see: dv runs show");
        CheckpointDocument document = CheckpointDocument.Parse(bytes, NameOf(key));
        Pointer pointer = document.ToPointer();
        var roots = new RootTransfer(repository, monitor);
        TransferResult fetched = await roots.FetchAsync(remote, [new WantedRoot(pointer.ToRoot(shown), "")], cancellationToken);
        if (fetched.Failed is [{ } failed, ..])
            throw new RunFailedException(failed.Kind == ErrorKind.Corrupt ? RunExitCodes.Corrupt : failed.Kind == ErrorKind.Missing ? RunExitCodes.Missing : RunExitCodes.Unavailable, $"the checkpoint cannot be restored: {failed.Error}");
        CheckoutResult placed = await roots.PlaceAsync(folder, pointer, "", force: false, cancellationToken);
        if (placed.Refused is [{ } refused, ..])
            throw new RunFailedException(RunExitCodes.Config, $"the checkpoint cannot be restored: {refused.Error}", $"empty '{shown}', or name another folder");
        _last = pointer;
        return new CheckpointFacts(shown, pointer.Hash.Hex, pointer.Size, document.SavedOn, Restored: true);
    }

    /// <summary>Saves every so often until it is cancelled. A failure is noted, and the next time tries again.</summary>
    public async Task RunAsync(TimeSpan every, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(every, clock, cancellationToken);
                await SaveAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The trainer has ended.
        }
    }

    /// <summary>Saves what is there now, if it is something new. Never fails the run.</summary>
    /// <returns>True where the remote has what is there now.</returns>
    public async Task<bool> SaveAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            SnapshotResult? taken = await new Snapshot(repository, SilentMonitor.Instance).TakeAsync(folder, cancellationToken);
            if (taken is null or { Files.Count: 0 } || taken.Pointer == _last)
                return true;
            TransferResult pushed = await new RootTransfer(repository, SilentMonitor.Instance).PushAsync(remote, [taken.Pointer.ToRoot(shown)], cancellationToken);
            if (pushed.Failed is [{ } failed, ..])
                throw new RemoteException(remote.Name, failed.Error);
            DateTimeOffset now = RunStages.Rounded(clock.GetUtcNow());
            RunRecord record = recorder.Record;
            byte[] document = CheckpointDocument.Of(taken.Pointer, record.RunUuid, now).ToBytes();
            using (RemoteDocuments documents = await RemoteDocuments.OpenAsync(repository, remote, write: true, SilentMonitor.Instance, cancellationToken))
            {
                foreach (string key in ((string[])[record.RunUuid, KeyOf(record)]).Distinct())
                    await documents.WriteAsync(NameOf(key), new BytesContent(document), WriteMode.Overwrite, cancellationToken);
            }
            _last = taken.Pointer;
            var facts = new CheckpointFacts(shown, taken.Pointer.Hash.Hex, taken.Pointer.Size, now);
            recorder.Update(r => r with { Checkpoints = [.. r.Checkpoints.Where(c => c.Restored), facts] });
            Problem = null;
            return true;
        }
        catch (DataVersionException e)
        {
            Problem = e.Message;
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static string KeyOf(RunRecord record) => record.Key is { } key ? RunLedger.HashOfKey(key) : record.RunUuid;

    private static string NameOf(string key) => $"checkpoints/{key}.json";
}
