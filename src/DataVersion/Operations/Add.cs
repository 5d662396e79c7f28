using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// Takes files and folders into the cache and writes their pointers. Each new byte is read once; pointers appear only when what they name is
/// durable; a path whose pointer moved since it was placed here is refused, so that nobody's newer version is reverted unseen.
/// </summary>
public sealed class Add(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command.</summary>
    /// <exception cref="DataVersionException">Nothing was added: bad paths, or the one path that was asked for failed.</exception>
    public async Task<AddResult> RunAsync(AddRequest request, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Scan);
        TrackedOutputs tracked = repository.LoadOutputs(cancellationToken);
        if (tracked.Conflicts is [{ } conflict, ..])
            throw conflict;
        IReadOnlyList<AddItem> items = new AddItems(repository, tracked).Resolve(request, cancellationToken);
        IReadOnlyDictionary<string, BaseEntry> bases = repository.Base.Load();

        var changes = new List<PointerChange>();
        var failed = new List<FailedItem>();
        var datasets = new List<AddDataset>();
        await using (CacheBatch batch = repository.Cache.BeginBatch(cancellationToken))
        {
            var run = new AddRun(repository, monitor, request, batch, new CacheCensus(repository.Cache, repository.Folders.Seed));
            foreach (AddItem item in items)
            {
                try
                {
                    var dataset = new AddDataset(run, item, bases.GetValueOrDefault(item.Path));
                    changes.Add(await dataset.PrepareAsync(cancellationToken));
                    datasets.Add(dataset);
                }
                catch (DataVersionException e) when (items.Count > 1 && e.Kind != ErrorKind.Usage)
                {
                    failed.Add(new FailedItem(item.Path, e.Message, e.Hint, e.Kind));
                }
            }
            FailPoint.Hit("add.before-commit");
            await batch.CommitAsync(cancellationToken);
            foreach (AddDataset dataset in datasets)
                await dataset.AfterCommitAsync(cancellationToken);
        }
        FailPoint.Hit("add.after-commit");
        bool stage = request.Stage ?? repository.Settings.Autostage;
        if (changes.Count > 0)
            failed.AddRange(await new PointerPublisher(repository).PublishAsync(changes, stage, cancellationToken));
        HashSet<string> lost = [.. failed.Select(f => f.Path)];
        return new AddResult([.. changes.Where(c => !lost.Contains(c.Path)).Select(Item)], failed) { Staged = repository.Layout.Git is null ? null : stage };
    }

    private static AddedItem Item(PointerChange change) => new(
        change.Path, change.PointerPath, change.Pointer.Hash.ToString(), change.Pointer.Size, change.Pointer.Files ?? 1, change.IsNew);
}
