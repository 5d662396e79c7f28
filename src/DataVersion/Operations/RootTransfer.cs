using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// Moves and places roots that are known by themselves, whatever the workspace's pointers say: the data of a pinned commit, the outputs and
/// checkpoints of a run.
/// </summary>
public sealed class RootTransfer(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Sends what a remote lacks of some roots, then vouches for them.</summary>
    /// <exception cref="RemoteNotTrustedException">The remote came with the repository; nothing was sent.</exception>
    public async Task<TransferResult> PushAsync(RemoteSettings remote, IReadOnlyList<RootKey> roots, CancellationToken cancellationToken)
    {
        if (!remote.Trusted)
            throw new RemoteNotTrustedException(remote.Name, RemoteUrl.Redact(remote.Url));
        using OpenedRemote opened = await OpenedRemote.OpenAsync(repository, remote, default, monitor, create: true, cancellationToken);
        var notes = new PushedRoots(repository.Layout.RemotesDirectory, opened.Store.RemoteId!);
        var transfer = new ObjectTransfer(repository.Cache, opened.Store, opened.Options with { Now = repository.Clock.GetUtcNow() }, monitor);
        TransferResult result = await transfer.PushAsync(roots, notes.Load(), cancellationToken);
        HashSet<string?> failed = [.. result.Failed.Select(f => f.Path)];
        notes.Save(roots.Where(r => !failed.Contains(r.Path)));
        return opened.Metered(result);
    }

    /// <summary>Brings what the cache lacks of some roots. Asks no remote where the cache has all.</summary>
    public async Task<TransferResult> FetchAsync(RemoteSettings remote, IReadOnlyList<WantedRoot> roots, CancellationToken cancellationToken)
    {
        using OpenedRemote opened = await OpenedRemote.OpenAsync(repository, remote, default, monitor, create: false, cancellationToken);
        var transfer = new ObjectTransfer(repository.Cache, opened.Store, opened.Options, monitor);
        TransferResult result = opened.Metered(await transfer.FetchAsync(roots, cancellationToken));
        if (opened.Store.RemoteId is { } id)
            new PushedRoots(repository.Layout.RemotesDirectory, id).Save(roots.Select(r => r.Root));
        return result;
    }

    /// <summary>True where the cache holds everything under what a pointer names, at a path inside it.</summary>
    public Task<bool> IsCachedAsync(Pointer pointer, string inside, CancellationToken cancellationToken) =>
        new Caching.CachePresence(repository.Cache).IsCompleteAsync(pointer.ToEntry("root"), inside, cancellationToken);

    /// <summary>
    /// Makes a path hold what a pointer names, from the cache, and records that as its base where it lies in the workspace. What would be lost is
    /// refused and reported.
    /// </summary>
    /// <param name="path">Relative to the workspace's root, or absolute, also outside of it.</param>
    /// <param name="pointer">What to place.</param>
    /// <param name="inside">Only this path below it; empty for all of it.</param>
    /// <param name="force">Overwrite and delete also what is not in the cache.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    public async Task<CheckoutResult> PlaceAsync(string path, Pointer pointer, string inside, bool force, CancellationToken cancellationToken)
    {
        DataPlace place = DataPlace.Of(repository, path);
        BaseEntry? before = place.IsInWorkspace ? repository.Base.Load().GetValueOrDefault(place.Path) : null;
        TreeEntry wanted = pointer.ToEntry(WorkspacePath.Name(place.Path));
        var counts = new CheckoutCounts();
        var dataset = new DatasetCheckout(repository, monitor, place.Path, force) { Place = place };
        if (inside.Length == 0)
        {
            (TreeEntry? now, IReadOnlyList<FailedItem> refused, DataVersionException? fatal) =
                await dataset.RunAsync(place.Path, wanted, before?.Placed, whole: true, counts, cancellationToken);
            var entry = new BaseEntry { Pointer = wanted.Key, Placed = now };
            if (place.IsInWorkspace && entry != before)
                repository.RecordBase(place.Path, entry, cancellationToken);
            if (fatal is not null)
                throw fatal;
            return new CheckoutResult(counts.Added, counts.Modified, counts.Deleted, refused, []);
        }
        return await PlaceInsideAsync(place, wanted, before, inside, dataset, cancellationToken);
    }

    private async Task<CheckoutResult> PlaceInsideAsync(
        DataPlace place, TreeEntry root, BaseEntry? before, string inside, DatasetCheckout dataset, CancellationToken cancellationToken)
    {
        TreeReader trees = repository.LocalTrees;
        TreeEntry wanted = root.IsDirectory ? await trees.FindAsync(root.Id, inside, cancellationToken) ?? throw NotInside() : throw NotInside();
        TreeEntry? placed = before?.Placed is { IsDirectory: true } all ? await trees.FindAsync(all.Id, inside, cancellationToken) : null;
        var counts = new CheckoutCounts();
        (TreeEntry? now, IReadOnlyList<FailedItem> refused, DataVersionException? fatal) =
            await dataset.RunAsync(WorkspacePath.Join(place.Path, inside), wanted, placed, whole: true, counts, cancellationToken);
        if (place.IsInWorkspace)
        {
            await using Caching.CacheBatch batch = repository.Cache.BeginBatch(cancellationToken);
            var editor = new TreeEditor(trees, new TreeWriter(root.Id.Kind, batch.PutAsync));
            WrittenTree tree = await editor.ReplaceAsync(before?.Placed, inside, now, cancellationToken);
            await batch.CommitAsync(cancellationToken);
            TreeEntry parts = TreeEditor.FolderEntry(root.Name, tree);
            // Parts of two versions side by side are an edit of neither: the older base stays, and status tells.
            bool follows = before is null || await PlacedParts.AreWithinAsync(repository.LocalTrees, parts, root, cancellationToken);
            repository.RecordBase(place.Path, new BaseEntry { Pointer = follows ? root.Key : before!.Pointer, Placed = parts }, cancellationToken);
        }
        if (fatal is not null)
            throw fatal;
        return new CheckoutResult(counts.Added, counts.Modified, counts.Deleted, refused, []);

        UsageException NotInside() => new($"'{place.Path}' holds no '{PathRules.Printable(inside)}'");
    }
}
