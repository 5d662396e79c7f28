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
    /// <returns>What lies in the folder now; null where there is no checkpoint.</returns>
    /// <exception cref="UsageException">The run that is named kept none.</exception>
    /// <exception cref="RunFailedException">It is not whole, or the folder holds something else.</exception>
    public async Task<RestoredCheckpoint?> RestoreAsync(string? resume, ITransferMonitor monitor, CancellationToken cancellationToken)
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
        // A container that starts again on the same volume: what it saved last is newer than what it pushed last.
        if (resume is null && NewestFile() is { } newest && newest > document.SavedOn)
            return new RestoredCheckpoint(null, $"the checkpoint here, of {newest:u}, is newer than the pushed one and stays");
        var roots = new RootTransfer(repository, monitor);
        TransferResult fetched = await roots.FetchAsync(remote, [new WantedRoot(pointer.ToRoot(shown), "")], cancellationToken);
        if (fetched.Failed is [{ } failed, ..])
            throw new RunFailedException(failed.Kind == ErrorKind.Corrupt ? RunExitCodes.Corrupt : failed.Kind == ErrorKind.Missing ? RunExitCodes.Missing : RunExitCodes.Unavailable, $"the checkpoint cannot be restored: {failed.Error}");
        CheckoutResult placed = await roots.PlaceAsync(folder, pointer, "", force: false, cancellationToken);
        if (placed.Refused is [{ } refused, ..])
            throw new RunFailedException(RunExitCodes.Config, $"the checkpoint cannot be restored: {refused.Error}", $"empty '{shown}', or name another folder");
        _last = pointer;
        return new RestoredCheckpoint(new CheckpointFacts(shown, pointer.Hash.Hex, pointer.Size, document.SavedOn, Restored: true), $"checkpoint of {document.SavedOn:u} restored");
    }

    /// <summary>Saves every so often until it is cancelled. A failure is noted, and the next time tries again.</summary>
    /// <param name="every">How often.</param>
    /// <param name="warn">Told of a failure that is another than the one before.</param>
    /// <param name="cancellationToken">The trainer has ended.</param>
    public async Task RunAsync(TimeSpan every, Action<string> warn, CancellationToken cancellationToken)
    {
        string? said = null;
        try
        {
            while (true)
            {
                await Task.Delay(every, clock, cancellationToken);
                await SaveAsync(cancellationToken);
                if (Problem is { } problem && problem != said)
                    warn($"the checkpoint was not saved: {problem}");
                said = Problem;
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
                // What the next attempt looks for comes first: the machine may go away between the two.
                foreach (string key in ((string[])[KeyOf(record), record.RunUuid]).Distinct())
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

    private DateTimeOffset? NewestFile()
    {
        IEnumerable<FileInfo> files = Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories) : File.Exists(folder) ? [new FileInfo(folder)] : [];
        return files.Select(f => (DateTimeOffset?)f.LastWriteTimeUtc).Max();
    }

    private static string KeyOf(RunRecord record) => record.Key is { } key ? RunLedger.HashOfKey(key) : record.RunUuid;

    private static string NameOf(string key) => $"checkpoints/{key}.json";
}

/// <summary>The state that a trainer finds.</summary>
/// <param name="Facts">For the record; null where the folder had a newer state of its own.</param>
/// <param name="Note">What is said of it.</param>
internal sealed record RestoredCheckpoint(CheckpointFacts? Facts, string Note);
