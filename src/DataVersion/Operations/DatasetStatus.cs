using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>The states of one target.</summary>
internal sealed class DatasetStatus(Repository repository, ITransferMonitor monitor, CacheCensus census, Target target, BaseEntry? baseEntry)
{
    private readonly List<StatusEntry> _entries = [];
    private readonly TreeReader _trees = repository.LocalTrees;
    private readonly string _path = WorkspacePath.Join(target.Output.Path, target.Inside);
    private KnownFolders? _known;

    public async Task<IReadOnlyList<StatusEntry>> RunAsync(CancellationToken cancellationToken)
    {
        TreeEntry pointed = target.Output.Pointer.ToEntry(WorkspacePath.Name(target.Output.Path));
        WorkspaceNode? here = await ReadAsync(pointed.Id.Kind, cancellationToken);
        if (baseEntry?.Placed is null)
            await CompareWithoutBaseAsync(pointed, here, cancellationToken);
        else if (baseEntry.Pointer != pointed.Key)
            await CompareMovedAsync(pointed, here, cancellationToken);
        else
            await CompareAsync(pointed, here, cancellationToken);
        bool inCache = _entries.Count == 0 && await CheckCacheAsync(pointed, here, cancellationToken);
        _known?.Keep(inCache);
        return _entries;
    }

    private async Task<WorkspaceNode?> ReadAsync(HashKind kind, CancellationToken cancellationToken)
    {
        WorkspaceNode? here = repository.ListWorkspace(_path, cancellationToken);
        if (here is null)
            return null;
        var resolver = new ContentResolver(repository.Layout.Root, repository.Index, repository.Cache)
        {
            AcceptFingerprint = true,
            Planned = monitor.Planned,
            Progress = bytes => monitor.Advanced(null, bytes),
            Done = () => monitor.Finished(null, ObjectOutcome.Done),
        };
        _known = new KnownFolders(repository.Layout.Root, _path, repository.Folders, census, resolver);
        await _known.ResolveAsync(here, kind, cancellationToken);
        return here;
    }

    private async Task CompareAsync(TreeEntry pointed, WorkspaceNode? here, CancellationToken cancellationToken)
    {
        TreeEntry placed = baseEntry!.Placed!;
        TreeEntry? inPointer = await SubAsync(baseEntry.IsWhole ? placed : pointed, cancellationToken);
        TreeEntry? inBase = baseEntry.IsWhole ? inPointer : await SubAsync(placed, cancellationToken);
        await VisitAsync(new MergedRow(WorkspacePath.Name(_path), inPointer, inBase, here), "", cancellationToken);
    }

    // Paths are those below the one that was asked for.
    private async Task VisitAsync(MergedRow row, string below, CancellationToken cancellationToken)
    {
        if (row.Here is { IsDirectory: false, Content: { } content } && content.SameAs(row.Base ?? row.Target))
            return;
        string path = WorkspacePath.Join(_path, below);
        if (row.Here is null)
        {
            if (row.Base is not null)
                _entries.Add(new StatusEntry(path, PathState.Deleted));
            else if (row.Target is not null)
                _entries.Add(new StatusEntry(path, PathState.NotPulled));
        }
        else if (row.Target is null && row.Base is null)
        {
            AddNew(row.Here, path);
        }
        else if (!row.Here.IsDirectory || (row.Base ?? row.Target)?.IsDirectory != true)
        {
            _entries.Add(new StatusEntry(path, PathState.Modified));
        }
        else
        {
            await VisitFolderAsync(row, row.Here, below, cancellationToken);
        }
    }

    private async Task VisitFolderAsync(MergedRow row, WorkspaceNode here, string below, CancellationToken cancellationToken)
    {
        TreeEntry expected = row.Base ?? row.Target!;
        bool agreed = row.Target is null || expected.SameAs(row.Target);
        if (agreed && expected.SameAs(here.Known))
            return;
        await _known!.OpenAsync(below, here, cancellationToken);
        int before = _entries.Count;
        foreach (MergedRow child in await MergedRow.ReadAsync(_trees, row.Target, row.Base, here, WorkspacePath.Join(_path, below), cancellationToken))
            await VisitAsync(child, WorkspacePath.Join(below, child.Name), cancellationToken);
        if (agreed && _entries.Count == before)
            _known.Learn(below, here, expected);
    }

    private void AddNew(WorkspaceNode here, string path) =>
        _entries.AddRange(ContentResolver.Leaves(path, here).Select(leaf => leaf.Path).DefaultIfEmpty(path).Select(p => new StatusEntry(p, PathState.New)));

    // The pointer moved: the new trees may not be here, so what was placed decides whether the workspace was edited too.
    private async Task CompareMovedAsync(TreeEntry pointed, WorkspaceNode? here, CancellationToken cancellationToken)
    {
        if (await HoldsAsync(pointed, here, cancellationToken))
            return;
        TreeEntry? placed = await SubAsync(baseEntry!.Placed!, cancellationToken);
        bool unedited = placed is null ? here is null : await HoldsAsync(baseEntry.Placed!, here, cancellationToken);
        _entries.Add(new StatusEntry(_path, unedited ? PathState.Outdated : PathState.Diverged));
    }

    private async Task CompareWithoutBaseAsync(TreeEntry pointed, WorkspaceNode? here, CancellationToken cancellationToken)
    {
        if (here is null)
        {
            _entries.Add(new StatusEntry(_path, PathState.NotPulled));
            return;
        }
        if (await HoldsAsync(pointed, here, cancellationToken))
            return;
        if (!pointed.IsDirectory || !here.IsDirectory || !repository.Cache.Contains(pointed.Key))
        {
            _entries.Add(new StatusEntry(_path, PathState.Diverged));
            return;
        }
        await VisitAsync(new MergedRow(WorkspacePath.Name(_path), await SubAsync(pointed, cancellationToken), null, here), "", cancellationToken);
    }

    /// <summary>True where the workspace holds exactly what an entry names, found without reading any tree: its own tree is computed.</summary>
    private async Task<bool> HoldsAsync(TreeEntry root, WorkspaceNode? here, CancellationToken cancellationToken)
    {
        if (here is null)
            return false;
        TreeEntry? wanted = target.Inside.Length == 0 ? root : repository.Cache.Contains(root.Key) ? await SubAsync(root, cancellationToken) : null;
        return wanted is not null && (await WorkspaceTree.ComputeAsync(here, root.Id.Kind, cancellationToken)).SameAs(wanted);
    }

    private Task<TreeEntry?> SubAsync(TreeEntry root, CancellationToken cancellationToken) =>
        target.Inside.Length == 0 ? Task.FromResult<TreeEntry?>(root)
            : root.IsDirectory ? _trees.FindAsync(root.Id, target.Inside, cancellationToken) : Task.FromResult<TreeEntry?>(null);

    private async Task<bool> CheckCacheAsync(TreeEntry pointed, WorkspaceNode? here, CancellationToken cancellationToken)
    {
        bool complete = target.Inside.Length == 0 && here is { IsDirectory: true }
            ? await _known!.IsInCacheAsync(here, pointed, cancellationToken)
            : await new CachePresence(repository.Cache).IsCompleteAsync(pointed, target.Inside, cancellationToken);
        if (!complete)
            _entries.Add(new StatusEntry(_path, PathState.NotInCache));
        return complete;
    }
}
