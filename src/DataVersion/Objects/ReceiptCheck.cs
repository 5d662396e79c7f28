using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>Finds out which roots have a receipt of an epoch, with few requests however many roots there are.</summary>
internal sealed class ReceiptCheck(IBlobStore store, long epoch)
{
    private const int NamesPerRequest = 1000;
    // For fewer, a page of names is more to send than the answers.
    private const int WorthListing = 16;

    public async Task<IReadOnlySet<RootKey>> FindCoveredAsync(IReadOnlyCollection<RootKey> roots, CancellationToken cancellationToken)
    {
        ILookup<string, RootKey> byFolder = roots.Distinct().ToLookup(root => ObjectLayout.ReceiptsOf(epoch, root));
        var covered = new ConcurrentDictionary<string, bool>();
        List<string> open = [.. byFolder.Select(group => group.Key)];
        if (open.Count >= WorthListing && await ListAllAsync(open.Count, covered, cancellationToken))
            open = [];
        await Parallel.ForEachAsync(
            open.Where(folder => !covered.ContainsKey(folder)),
            new ParallelOptions { MaxDegreeOfParallelism = store.Traits.Connections, CancellationToken = cancellationToken },
            async (folder, token) =>
            {
                await foreach (BlobInfo _ in store.ListAsync(folder, token))
                {
                    covered.TryAdd(folder, true);
                    return;
                }
            });
        return byFolder.Where(group => covered.ContainsKey(group.Key)).SelectMany(group => group).ToHashSet();
    }

    /// <summary>Lists all receipts of the epoch; false where that was given up because it costs more than asking for each root.</summary>
    private async Task<bool> ListAllAsync(int roots, ConcurrentDictionary<string, bool> covered, CancellationToken cancellationToken)
    {
        long budget = (long)roots * NamesPerRequest;
        await foreach (BlobInfo blob in store.ListAsync(ObjectLayout.ReceiptsOf(epoch), cancellationToken))
        {
            covered.TryAdd(blob.Name[..(blob.Name.LastIndexOf('/') + 1)], true);
            if (--budget == 0)
                return false;
        }
        return true;
    }
}
