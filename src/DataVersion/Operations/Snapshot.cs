using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// Takes a file or folder into the cache without writing a pointer: what a run leaves behind, and its checkpoints. The files stay the user's: none is
/// made read-only or replaced by a link, because the trainer may go on writing to them.
/// </summary>
public sealed class Snapshot(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Reads, hashes and stores it; each new byte is read once.</summary>
    /// <param name="path">The file or folder: relative to the workspace's root, or absolute, also outside of it.</param>
    /// <param name="cancellationToken">Stops between files and inside large ones.</param>
    /// <returns>Null where nothing is there. Its objects are durable.</returns>
    /// <exception cref="UnsafePathException">Something in it cannot be versioned.</exception>
    /// <exception cref="FileChangedException">A file changed again and again while it was read.</exception>
    public async Task<SnapshotResult?> TakeAsync(string path, CancellationToken cancellationToken)
    {
        DataPlace place = DataPlace.Of(repository, path);
        if (place.List(repository, tidy: true, cancellationToken) is not { } here)
            return null;
        // Runs are named by SHA-256 whatever the repository's own algorithm is (DESIGN "Identity").
        const HashKind Kind = HashKind.Sha256;
        LocalCache cache = repository.CopyingCache;
        await using CacheBatch batch = cache.BeginBatch(cancellationToken);
        monitor.Begin(Stage.Hash);
        var adopter = new ContentAdopter(place.Root, place.Path, place.Index, cache, batch)
        {
            Planned = monitor.Planned,
            Progress = bytes => monitor.Advanced(null, bytes),
            Done = () => monitor.Finished(null, ObjectOutcome.Done),
        };
        await adopter.ResolveAsync(place.Path, here, Kind, cancellationToken);
        TreeEntry root = await WorkspaceTree.ComputeAsync(here, Kind, cancellationToken, batch.PutAsync);
        await batch.CommitAsync(cancellationToken);
        adopter.AfterCommit();
        if (place.IsInWorkspace)
            repository.SaveIndexQuietly(cancellationToken);
        return new SnapshotResult(ToPointer(root), [.. ContentResolver.Leaves("", here).Select(File)]);
    }

    /// <summary>The id that <see cref="TakeAsync"/> would give it: it is read, and nothing is stored. Null where nothing is there.</summary>
    public async Task<ObjectId?> HashAsync(string path, CancellationToken cancellationToken)
    {
        DataPlace place = DataPlace.Of(repository, path);
        if (place.List(repository, tidy: false, cancellationToken) is not { } here)
            return null;
        var resolver = new ContentResolver(place.Root, place.Index, repository.Cache) { Planned = monitor.Planned, Progress = bytes => monitor.Advanced(null, bytes) };
        await resolver.ResolveAsync(place.Path, here, HashKind.Sha256, cancellationToken);
        return (await WorkspaceTree.ComputeAsync(here, HashKind.Sha256, cancellationToken)).Id;
    }

    private static Pointer ToPointer(TreeEntry root) => new()
    {
        IsDirectory = root.IsDirectory,
        Hash = root.Id,
        Size = root.Size ?? 0,
        Files = root.IsDirectory ? root.Files : null,
        Executable = root.Kind == TreeEntryKind.Executable,
        BlocksId = root.BlocksId,
    };

    private static SnapshotFile File((string Path, WorkspaceNode Node) leaf)
    {
        TreeEntry content = leaf.Node.Content!;
        return new SnapshotFile(leaf.Path.TrimStart('/'), content.Id, content.Size ?? 0, content.Kind == TreeEntryKind.Link);
    }
}

/// <summary>What was taken.</summary>
/// <param name="Pointer">What a pointer to it would say.</param>
/// <param name="Files">Every file and link, in the order of their paths.</param>
public sealed record SnapshotResult(Pointer Pointer, IReadOnlyList<SnapshotFile> Files);

/// <summary>A file of a snapshot.</summary>
/// <param name="Path">Below the folder that was taken; empty where that is the file itself.</param>
/// <param name="Id">SHA-256 of its bytes, or of a link's target.</param>
/// <param name="Size">Bytes.</param>
/// <param name="IsLink">True for a symbolic link.</param>
public sealed record SnapshotFile(string Path, ObjectId Id, long Size, bool IsLink);
