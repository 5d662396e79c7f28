using System.Collections.Concurrent;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Lists what a version tracks, by its pointers and trees. Trees that the cache lacks are fetched; contents are not.</summary>
public sealed class ListFiles(Repository repository, ITransferMonitor monitor)
{
    // Folders that are read at once: the latency of one hides behind the others'.
    private const int UsualJobs = 16;

    /// <summary>Finds what is to be listed, and brings the trees that say so.</summary>
    /// <exception cref="UsageException">A path is not tracked, or not in its folder.</exception>
    /// <exception cref="ObjectMissingException">A tree is neither here nor on the remote.</exception>
    /// <exception cref="ObjectCorruptException">A tree has other bytes than its id says.</exception>
    public async Task<FileListing> RunAsync(ListRequest request, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Scan);
        TrackedOutputs outputs = VersionOutputs.Load(repository, request.Revision, cancellationToken);
        IReadOnlyList<Target> targets = outputs.Resolve(repository.Layout.Root, request.WorkingDirectory, request.Paths);
        var remotes = new LazyRemotes(repository, request.Remote, new TransferLimits(request.Jobs, null), monitor);
        var small = new SmallObjects(repository.Cache);
        try
        {
            if (!request.Recursive && request.Shard is null)
            {
                HashSet<string> asked = [.. request.Paths.Select(p => WorkspacePath.Relative(repository.Layout.Root, request.WorkingDirectory, p))];
                return new FileListing(small, remotes) { ReadTargets = request.ReadTargets, Shallow = await ListShallowAsync(targets, asked, small, remotes, cancellationToken) };
            }
            foreach (Target target in targets)
                await BringTreesAsync(target, small.Trees(remotes.For(target.Output.Pointer)), request.Jobs ?? repository.Settings.Jobs ?? UsualJobs, cancellationToken);
            IReadOnlyList<WantedRoot> roots = RootWalk.InOrder([.. targets.Select(t => new WantedRoot(t.Output.Pointer.ToRoot(t.Output.Path), t.Inside))]);
            ShardPlan? plan = request.Shard is { } shard ? await ShardPlan.ComputeAsync(() => small.LocalTrees, roots, shard, cancellationToken) : null;
            return new FileListing(small, remotes) { ReadTargets = request.ReadTargets, Shard = plan, Roots = [.. roots.Select(r => (outputs.Find(r.Root.Path)!, r))] };
        }
        catch
        {
            await small.DisposeAsync();
            remotes.Dispose();
            throw;
        }
    }

    // Outputs that are named by a folder around them, or not at all, stand for themselves; a folder that is named, for what is in it.
    private static async Task<List<(TrackedOutput Output, string Path, TreeEntry Entry)>> ListShallowAsync(
        IReadOnlyList<Target> targets, HashSet<string> asked, SmallObjects small, LazyRemotes remotes, CancellationToken cancellationToken)
    {
        var listed = new List<(TrackedOutput, string, TreeEntry)>();
        foreach ((TrackedOutput output, string inside) in targets)
        {
            TreeEntry entry = output.Pointer.ToEntry(WorkspacePath.Name(output.Path));
            bool isNamed = inside.Length > 0 || asked.Contains(output.Path) || asked.Contains(output.PointerPath);
            if (!isNamed || !entry.IsDirectory)
            {
                listed.Add((output, output.Path, entry));
                continue;
            }
            TreeReader trees = small.Trees(remotes.For(output.Pointer));
            entry = await FindAsync(trees, entry, inside, output.Path, cancellationToken);
            string path = WorkspacePath.Join(output.Path, inside);
            if (!entry.IsDirectory)
                listed.Add((output, path, entry));
            else
                listed.AddRange((await trees.ReadAsync(entry.Id, new Declared(entry.Size, entry.Files), inside, cancellationToken)).Select(e => (output, $"{path}/{e.Name}", e)));
        }
        return listed;
    }

    private static async Task<TreeEntry> FindAsync(TreeReader trees, TreeEntry root, string inside, string path, CancellationToken cancellationToken) => inside.Length == 0
        ? root
        : await trees.FindAsync(root.Id, inside, cancellationToken) ?? throw new UsageException($"'{PathRules.Printable(path)}' holds no '{PathRules.Printable(inside)}'");

    // Level by level, many at once. Folders that are there twice are read once.
    private static async Task BringTreesAsync(Target target, TreeReader trees, int jobs, CancellationToken cancellationToken)
    {
        (TrackedOutput output, string inside) = target;
        if (!output.Pointer.IsDirectory)
            return;
        TreeEntry start = await FindAsync(trees, output.Pointer.ToEntry(WorkspacePath.Name(output.Path)), inside, output.Path, cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        var seen = new ConcurrentDictionary<(ObjectId, Declared), bool>();
        List<(TreeEntry Folder, string Path)> level = start.IsDirectory ? [(start, inside)] : [];
        while (level.Count > 0)
        {
            var next = new ConcurrentBag<(TreeEntry, string)>();
            await Parallel.ForEachAsync(level.Where(f => seen.TryAdd((f.Folder.Id, new Declared(f.Folder.Size, f.Folder.Files)), true)), options, async (folder, token) =>
            {
                foreach (TreeEntry entry in await trees.ReadAsync(folder.Folder.Id, new Declared(folder.Folder.Size, folder.Folder.Files), folder.Path, token))
                {
                    if (entry.IsDirectory)
                        next.Add((entry, WorkspacePath.Join(folder.Path, entry.Name)));
                }
            });
            level = [.. next];
        }
    }
}
