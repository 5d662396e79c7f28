using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// Reads the trees of data that lie in the workspace: from the cache, and where that lacks one, as of data that were baked into an image, worked out from
/// the files. Nothing is stored.
/// </summary>
public sealed class PlacedTrees(Repository repository)
{
    /// <summary>A reader for one walk through a dataset.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="kind">The algorithm of its ids.</param>
    public TreeReader Of(string path, HashKind kind)
    {
        Dictionary<ObjectId, byte[]>? placed = null;
        return new TreeReader(FetchAsync) { Budget = new TreeBudget() };

        async Task<byte[]> FetchAsync(ObjectId id, CancellationToken cancellationToken)
        {
            try
            {
                return await repository.Cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, cancellationToken);
            }
            catch (ObjectMissingException)
            {
                placed ??= await ComputeAsync(path, kind, cancellationToken);
                if (placed.TryGetValue(id, out byte[]? tree))
                    return tree;
                throw;
            }
        }
    }

    private async Task<Dictionary<ObjectId, byte[]>> ComputeAsync(string path, HashKind kind, CancellationToken cancellationToken)
    {
        var trees = new Dictionary<ObjectId, byte[]>();
        if (repository.ListWorkspace(path, cancellationToken) is not { } here)
            return trees;
        await new ContentResolver(repository.Layout.Root, repository.Index, repository.Cache).ResolveAsync(path, here, kind, cancellationToken);
        await WorkspaceTree.ComputeAsync(here, kind, cancellationToken, Keep);
        return trees;

        Task Keep(ObjectKey key, ReadOnlyMemory<byte> bytes, CancellationToken token)
        {
            trees[key.Id] = bytes.ToArray();
            return Task.CompletedTask;
        }
    }
}
