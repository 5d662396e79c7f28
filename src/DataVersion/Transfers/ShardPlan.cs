using DataVersion.Caching;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>
/// Which files belong to one shard of some roots. It follows from the roots and the number of shards alone, so that machines that know nothing of each
/// other take parts that are disjoint, and all of it together.
/// </summary>
public sealed class ShardPlan
{
    private readonly HashSet<string> _paths = [];

    private ShardPlan(Shard shard) => Shard = shard;

    /// <summary>The part.</summary>
    public Shard Shard { get; }

    /// <summary>Files of the part.</summary>
    public long Files => _paths.Count;

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Files of all parts.</summary>
    public long AllFiles { get; private set; }

    /// <summary>Bytes of all parts.</summary>
    public long AllBytes { get; private set; }

    /// <summary>True for a file of the part.</summary>
    /// <param name="path">The tracked path, and the path below it.</param>
    public bool Contains(string path) => _paths.Contains(path);

    /// <summary>Splits what the roots name. Their order does not matter; what two of them cover counts once.</summary>
    /// <param name="trees">Makes a reader for one walk through a root; all trees must be there.</param>
    /// <param name="roots">What is split, each under a path of its own.</param>
    /// <param name="shard">The part that is asked for.</param>
    /// <param name="cancellationToken">Stops between folders.</param>
    /// <exception cref="ObjectMissingException">A tree is not there.</exception>
    public static async Task<ShardPlan> ComputeAsync(Func<TreeReader> trees, IReadOnlyList<WantedRoot> roots, Shard shard, CancellationToken cancellationToken)
    {
        IReadOnlyList<WantedRoot> ordered = RootWalk.InOrder(roots);
        var sizes = new List<long>();
        await foreach ((_, TreeEntry file) in RootWalk.ListAsync(trees, ordered, cancellationToken))
            sizes.Add(file.Size ?? 0);
        var plan = new ShardPlan(shard) { AllFiles = sizes.Count, AllBytes = Sum(sizes) };
        int[] shards = ShardSplit.Assign(sizes, shard.Count);
        int at = 0;
        // A second walk costs less than the paths of a million files would, of which most belong to others.
        await foreach ((string path, _) in RootWalk.ListAsync(trees, ordered, cancellationToken))
        {
            int file = at++;
            if (shards[file] != shard.Index)
                continue;
            plan._paths.Add(path);
            plan.Bytes += sizes[file];
        }
        return plan;
    }

    /// <summary>True where a cache holds all contents of the part.</summary>
    internal async Task<bool> IsCachedAsync(LocalCache cache, Func<TreeReader> trees, IReadOnlyList<WantedRoot> roots, CancellationToken cancellationToken)
    {
        var contents = new HashSet<ObjectKey>();
        await foreach ((string path, TreeEntry file) in RootWalk.ListAsync(trees, RootWalk.InOrder(roots), cancellationToken))
        {
            if (!Contains(path))
                continue;
            contents.Add(file.Key);
            if (!file.BlocksId.IsEmpty)
                contents.Add(ObjectKey.Content(file.BlocksId));
        }
        return cache.FindMissing([.. contents]).Count == 0;
    }

    private static long Sum(List<long> sizes)
    {
        try
        {
            return sizes.Sum();
        }
        catch (OverflowException e)
        {
            throw new InvalidFormatException("the pointers", null, "name data of more than 2^63 bytes together", null, ErrorKind.Corrupt, e);
        }
    }
}
