using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Prepares one pointer: lists, reads, stores and merges what an <see cref="AddItem"/> names.</summary>
internal sealed class AddDataset(AddRun run, AddItem item, BaseEntry? baseEntry)
{
    private readonly Repository _repository = run.Repository;
    private readonly Dictionary<ObjectId, byte[]> _pendingTrees = [];
    private readonly List<ContentAdopter> _adopters = [];
    private readonly List<KnownFolders> _known = [];
    private readonly HashKind _kind = item.Existing is { } existing && !run.Request.Rehash ? existing.Pointer.Hash.Kind : run.Repository.Settings.Hash;

    public async Task<PointerChange> PrepareAsync(CancellationToken cancellationToken)
    {
        TreeEntry? target = item.Existing?.Pointer.ToEntry(WorkspacePath.Name(item.Path));
        bool rehash = target is not null && target.Id.Kind != _kind;
        if (rehash && item.Inside.Count > 0)
            throw new UsageException($"'{item.Path}' can only be rehashed whole");
        if (rehash && baseEntry?.IsWhole != true)
            throw new RefusedException($"'{item.Path}' is not whole here, so it cannot be rehashed", $"dv pull {item.Path}");
        bool moved = !run.Request.Force && target is not null && baseEntry is not null && baseEntry.Pointer != target.Key;
        Merged merged = rehash
            ? await MergeAsync("", null, null, moved, cancellationToken)
            : item.Inside.Count == 0
                ? await MergeAsync("", target, baseEntry?.Placed, moved, cancellationToken)
                : await MergeInsideOrExplainAsync(target!, moved, cancellationToken);
        if (merged.Next is not { } next)
            throw new UsageException($"nothing is left of '{item.Path}' in the workspace", $"stop tracking it with: git rm {item.Path}{Pointer.Suffix}");
        return ToChange(next, merged.Placed, moved && item.Inside.Count > 0);
    }

    /// <summary>Called when what was stored is durable.</summary>
    public async Task AfterCommitAsync(CancellationToken cancellationToken)
    {
        _adopters.ForEach(a => a.AfterCommit());
        // Each of its files was asked for in the cache, or its folder's tree was.
        _known.ForEach(k => k.Keep(inCache: true));
        var relinker = new Relinker(_repository.Layout.Root, _repository.Cache, _repository.CreateLinker(run.Monitor), _repository.Index);
        foreach (ContentAdopter adopter in _adopters)
            await relinker.RunAsync(adopter.Adopted, _repository.EnsureTempDirectory, cancellationToken);
    }

    private async Task<Merged> MergeInsideOrExplainAsync(TreeEntry target, bool moved, CancellationToken cancellationToken)
    {
        try
        {
            return await MergeInsideAsync(target, moved, cancellationToken);
        }
        catch (ObjectMissingException e)
        {
            // After `git pull` the pointer may name a folder whose listing nobody has fetched yet.
            throw new ObjectMissingException(e.Id, "in the cache, and is needed to change a part of it", item.Path, $"get it with: dv fetch {item.Path}");
        }
    }

    private async Task<Merged> MergeInsideAsync(TreeEntry target, bool moved, CancellationToken cancellationToken)
    {
        TreeReader trees = Trees();
        var editor = new TreeEditor(trees, Writer());
        TreeEntry next = target;
        TreeEntry? placed = baseEntry?.Placed;
        foreach (string inside in item.Inside)
        {
            TreeEntry? subTarget = await trees.FindAsync(next.Id, inside, cancellationToken);
            TreeEntry? subBase = placed is { IsDirectory: true } ? await trees.FindAsync(placed.Id, inside, cancellationToken) : null;
            // The pointer may have moved elsewhere in the folder: that is no matter to a path that did not.
            bool subMoved = moved && (subBase is null ? subTarget is not null : !subBase.SameAs(subTarget));
            Merged merged = await MergeAsync(inside, subTarget, subBase, subMoved, cancellationToken);
            if (merged.Next is null && subTarget is null)
                throw new UsageException($"'{WorkspacePath.Join(item.Path, inside)}': no such file or folder");
            next = TreeEditor.FolderEntry(next.Name, await editor.ReplaceAsync(next, inside, merged.Next, cancellationToken));
            if (placed is not null || merged.Placed is not null)
                placed = TreeEditor.FolderEntry(next.Name, await editor.ReplaceAsync(placed, inside, merged.Placed, cancellationToken));
        }
        return new Merged(next, placed);
    }

    private async Task<Merged> MergeAsync(string inside, TreeEntry? target, TreeEntry? placed, bool moved, CancellationToken cancellationToken)
    {
        string path = WorkspacePath.Join(item.Path, inside);
        (WorkspaceNode? here, KnownFolders? known) = await ReadWorkspaceAsync(path, cancellationToken);
        var policy = new MergePolicy(run.Request.Force, run.Request.DeleteMissing && baseEntry is null);
        var merger = new DatasetMerger(Trees(), Writer(), policy, known);
        if (moved)
            await RequireUpToDateAsync(merger, path, target, placed, here, cancellationToken);
        Merged merged = await merger.MergeAsync(new MergedRow(WorkspacePath.Name(path), target, moved ? null : placed, here), "", cancellationToken);
        if (merger.Refused is [{ } first, ..])
        {
            string more = merger.Refused.Count > 1 ? $" and {merger.Refused.Count - 1} more" : "";
            throw new RefusedException($"'{WorkspacePath.Join(path, first)}'{more} differs from what the pointer names, and was never placed here",
                $"see what the pointer names with: dv pull {path}; or take this workspace's version with: dv add --force {path}");
        }
        return merged;
    }

    private async Task RequireUpToDateAsync(
        DatasetMerger merger, string path, TreeEntry? target, TreeEntry? placed, WorkspaceNode? here, CancellationToken cancellationToken)
    {
        bool unedited = await merger.MatchesAsync(placed, here, "", cancellationToken);
        // After `git pull` the new trees may not be here yet; then nothing can show that the workspace holds them.
        bool upToDate = target is null || (TreeIsHere(target) && await merger.MatchesAsync(target, here, "", cancellationToken));
        if (!upToDate)
        {
            throw new RefusedException(
                unedited
                    ? $"'{path}' is outdated: its pointer names a newer version than the one in this workspace"
                    : $"'{path}' has diverged: it was edited here, and its pointer names another version",
                $"get that version with: dv pull {path}; or put this workspace's in its place with: dv add --force {path}");
        }
    }

    private bool TreeIsHere(TreeEntry target) => !target.IsDirectory || _repository.Cache.Contains(target.Key);

    private async Task<(WorkspaceNode? Here, KnownFolders? Known)> ReadWorkspaceAsync(string path, CancellationToken cancellationToken)
    {
        if (run.Request.Dereference)
            LinkDereferencer.Run(_repository.Layout.Root, path, cancellationToken);
        WorkspaceNode? node = _repository.ListAndTidyWorkspace(path, cancellationToken);
        if (node is null)
            return default;
        run.Monitor.Begin(Stage.Hash);
        var adopter = new ContentAdopter(_repository.Layout.Root, item.Path, _repository.Index, _repository.Cache, run.Batch)
        {
            AcceptFingerprint = true,
            Planned = run.Monitor.Planned,
            Progress = bytes => run.Monitor.Advanced(null, bytes),
            Done = () => run.Monitor.Finished(null, ObjectOutcome.Done),
        };
        _adopters.Add(adopter);
        var known = new KnownFolders(_repository.Layout.Root, path, _repository.Folders, run.Census, adopter) { OnlyInCache = true };
        await known.ResolveAsync(node, _kind, cancellationToken);
        _known.Add(known);
        return (node, known);
    }

    private PointerChange ToChange(TreeEntry next, TreeEntry? placed, bool stillOutdated)
    {
        Pointer? old = item.Existing?.Pointer;
        var pointer = new Pointer
        {
            IsDirectory = next.IsDirectory,
            Hash = next.Id,
            Size = next.Size!.Value,
            Files = next.IsDirectory ? next.Files : null,
            Executable = next.Kind == TreeEntryKind.Executable,
            BlocksId = next.BlocksId,
            Remote = old?.Remote,
            Description = run.Request.Description ?? old?.Description,
        };
        return new PointerChange
        {
            Path = item.Path,
            Pointer = pointer,
            Existing = item.Existing,
            IsNew = !pointer.SameContent(old),
            Base = new BaseEntry { Pointer = stillOutdated ? baseEntry!.Pointer : pointer.Key, Placed = placed },
        };
    }

    private TreeReader Trees() => new(async (id, token) =>
        _pendingTrees.TryGetValue(id, out byte[]? pending) ? pending : await _repository.Cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token));

    private TreeWriter Writer() => new(_kind, async (key, bytes, token) =>
    {
        // Only an edit inside a folder reads back what it has just written.
        if (item.Inside.Count > 0)
            _pendingTrees[key.Id] = bytes.ToArray();
        await run.Batch.PutAsync(key, bytes, token);
    });
}
