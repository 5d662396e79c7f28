using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// Hashes again what the cache and the workspace hold, believing no memory of earlier looks: every object of the cache, every tree that a
/// placed pointer needs, every tracked file against its pointer. Corrupt objects are put aside, so that a pull brings good ones.
/// </summary>
public sealed class Verify(Repository repository, ITransferMonitor monitor)
{
    private readonly List<VerifyProblem> _problems = [];
    private readonly Lock _sync = new();
    private long _objects;
    private long _trees;
    private long _files;
    private long _bytes;

    /// <summary>Runs the command; without a choice it looks at both.</summary>
    public async Task<VerifyResult> RunAsync(VerifyRequest request, CancellationToken cancellationToken)
    {
        bool both = request.Cache == request.Workspace;
        monitor.Begin(Stage.Verify);
        TrackedOutputs tracked = repository.LoadOutputs(cancellationToken);
        IReadOnlyList<Target> targets = tracked.Resolve(repository.Layout.Root, request.WorkingDirectory, request.Paths);
        if (both || request.Cache)
        {
            await VerifyObjectsAsync(cancellationToken);
            await VerifyPlacedAsync(targets, cancellationToken);
        }
        if (both || request.Workspace)
            await VerifyWorkspaceAsync(targets, cancellationToken);
        return new VerifyResult(_objects, _trees, _files, _bytes, [.. _problems.OrderBy(p => p.Path ?? p.What, StringComparer.Ordinal)]);
    }

    private async Task VerifyObjectsAsync(CancellationToken cancellationToken)
    {
        List<ObjectKey> keys = [.. repository.Cache.List()];
        monitor.Planned(keys.Count, keys.Sum(k => repository.Cache.TryStat(k)?.Size ?? 0));
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, options, async (key, token) =>
        {
            long size = repository.Cache.TryStat(key)?.Size ?? 0;
            try
            {
                bool good = await repository.Cache.VerifyAsync(key, token);
                if (!good)
                    Report(key.Id.ToString(), null, "the object's bytes are not what its name says; it was put aside (dv pull brings a good one)", ErrorKind.Corrupt);
                monitor.Finished(key, good ? ObjectOutcome.Done : ObjectOutcome.Failed);
            }
            catch (ObjectMissingException)
            {
                // Taken away by another process since it was listed.
            }
            catch (DataVersionException e)
            {
                Report(key.Id.ToString(), null, e.Message, e.Kind);
            }
            Interlocked.Increment(ref _objects);
            Interlocked.Add(ref _bytes, size);
            monitor.Advanced(key, size);
        });
    }

    // What is placed here can be brought back only if the cache has all of it.
    private async Task VerifyPlacedAsync(IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, BaseEntry> bases = repository.Base.Load();
        foreach (Target target in targets)
        {
            TreeEntry pointed = target.Output.Pointer.ToEntry(WorkspacePath.Name(target.Output.Path));
            TreeEntry? root = bases.TryGetValue(target.Output.Path, out BaseEntry? placed) ? placed.Placed : null;
            if (root is null && pointed.IsDirectory && repository.Cache.Contains(pointed.Key))
                root = pointed;
            if (root is null)
                continue;
            try
            {
                var contents = new Dictionary<ObjectKey, string>();
                await CollectAsync(root, target.Output.Path, "", contents, cancellationToken);
                if (placed is null)
                    continue;
                foreach (ObjectKey missing in repository.Cache.FindMissing(contents.Keys))
                    Report(missing.Id.ToString(), contents[missing], "the object is not in the cache", ErrorKind.Missing);
            }
            catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or InvalidFormatException)
            {
                Report(target.Output.PointerPath, target.Output.Path, e.Message, e.Kind);
            }
        }
    }

    private async Task CollectAsync(TreeEntry entry, string path, string inside, Dictionary<ObjectKey, string> contents, CancellationToken cancellationToken)
    {
        if (!entry.IsDirectory)
        {
            contents.TryAdd(entry.Key, path);
            if (!entry.BlocksId.IsEmpty)
                contents.TryAdd(ObjectKey.Content(entry.BlocksId), path);
            return;
        }
        _trees++;
        foreach (TreeEntry child in await repository.LocalTrees.ReadAsync(entry.Id, new Declared(entry.Size, entry.Files), inside, cancellationToken))
            await CollectAsync(child, $"{path}/{child.Name}", WorkspacePath.Join(inside, child.Name), contents, cancellationToken);
    }

    private async Task VerifyWorkspaceAsync(IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        foreach (Target target in targets)
        {
            string path = WorkspacePath.Join(target.Output.Path, target.Inside);
            if (repository.ListWorkspace(path, cancellationToken) is not { } here)
                continue;
            TreeEntry pointed = target.Output.Pointer.ToEntry(WorkspacePath.Name(target.Output.Path));
            var resolver = new ContentResolver(repository.Layout.Root, repository.Index, repository.Cache)
            {
                Reread = true,
                Planned = monitor.Planned,
                Progress = bytes =>
                {
                    Interlocked.Add(ref _bytes, bytes);
                    monitor.Advanced(null, bytes);
                },
                Done = () => monitor.Finished(null, ObjectOutcome.Done),
            };
            try
            {
                await resolver.ResolveAsync(path, here, pointed.Id.Kind, cancellationToken);
                _files += ContentResolver.Leaves(path, here).Count();
                TreeEntry? wanted = target.Inside.Length == 0 ? pointed : await repository.LocalTrees.FindAsync(pointed.Id, target.Inside, cancellationToken);
                await CompareAsync(wanted, here, path, cancellationToken);
            }
            catch (DataVersionException e)
            {
                Report(target.Output.PointerPath, path, e.Message, e.Kind);
            }
        }
        repository.SaveIndexQuietly(cancellationToken);
    }

    private async Task CompareAsync(TreeEntry? wanted, WorkspaceNode here, string path, CancellationToken cancellationToken)
    {
        if (wanted is not null && here.IsDirectory && wanted.IsDirectory)
        {
            if ((await WorkspaceTree.ComputeAsync(here, wanted.Id.Kind, cancellationToken)).Id == wanted.Id)
                return;
            foreach (MergedRow row in await MergedRow.ReadAsync(repository.LocalTrees, wanted, null, here, path, cancellationToken))
            {
                // What is not here was perhaps never pulled: that is for status to tell.
                if (row.Here is not null)
                    await CompareAsync(row.Target, row.Here, $"{path}/{row.Name}", cancellationToken);
            }
        }
        else if (wanted is null || here.IsDirectory || !here.Content!.SameAs(wanted))
        {
            Report(path, path, wanted is null ? "is not in its pointer's tree" : "differs from what its pointer names", ErrorKind.Incomplete);
        }
    }

    private void Report(string what, string? path, string problem, ErrorKind kind)
    {
        lock (_sync)
            _problems.Add(new VerifyProblem(what, path, problem, kind));
    }
}
