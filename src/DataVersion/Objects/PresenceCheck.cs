using System.Collections.Concurrent;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>
/// Finds out what a plain remote lacks with few requests: where many objects of one group (same first byte) are wanted, the group is listed;
/// a listing that has cost as many requests as asking one by one would have is given up for that.
/// </summary>
internal sealed class PresenceCheck(IBlobStore store)
{
    // A listing answers with a thousand names per request on all clouds.
    private const int NamesPerRequest = 1000;
    // For fewer, a page of names is more to send than the answers.
    private const int WorthListing = 8;

    /// <summary>Knows compressed blobs; null where there are none.</summary>
    public CompressedObjects? Compressed { get; init; }

    /// <summary>Look into each compressed blob for the size of what is in it.</summary>
    public bool Thorough { get; init; }

    public async Task<IReadOnlyList<ObjectKey>> FindMissingAsync(IReadOnlyCollection<ObjectRequest> objects, CancellationToken cancellationToken)
    {
        var missing = new ConcurrentBag<ObjectKey>();
        var limit = new ParallelOptions { MaxDegreeOfParallelism = store.Traits.Connections, CancellationToken = cancellationToken };
        List<Wanted[]> groups = [.. objects.DistinctBy(o => o.Key)
            .Select(o => new Wanted(o, ObjectLayout.NameOf(o.Key)))
            .GroupBy(w => ObjectLayout.GroupOf(w.Request.Key))
            .Select(g => g.ToArray())];
        // A name in a listing does not tell what a compressed blob holds.
        int worthListing = store.Traits.Listable && Compressed is null ? WorthListing : int.MaxValue;
        var askAlone = new ConcurrentBag<Wanted>(groups.Where(g => g.Length < worthListing).SelectMany(g => g));
        await Parallel.ForEachAsync(groups.Where(g => g.Length >= worthListing), limit, async (group, token) =>
        {
            foreach (Wanted rest in await ListAsync(group, missing, token))
                askAlone.Add(rest);
        });
        await Parallel.ForEachAsync(askAlone, limit, async (wanted, token) =>
        {
            if (!await IsThereAsync(wanted, token))
                missing.Add(wanted.Request.Key);
        });
        return [.. missing];
    }

    /// <summary>Decides what a listing can decide; returns what is left to ask for.</summary>
    private async Task<Wanted[]> ListAsync(Wanted[] group, ConcurrentBag<ObjectKey> missing, CancellationToken cancellationToken)
    {
        Array.Sort(group, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        long budget = (long)group.Length * NamesPerRequest;
        int next = 0;
        await foreach (BlobInfo blob in store.ListAsync(ObjectLayout.GroupOf(group[0].Request.Key), cancellationToken))
        {
            // Names come in order: what is before this one and was not seen is not there.
            for (; next < group.Length && string.CompareOrdinal(group[next].Name, blob.Name) < 0; next++)
                missing.Add(group[next].Request.Key);
            if (next == group.Length)
                return [];
            if (group[next].Name == blob.Name && !IsThere(group[next++], blob))
                missing.Add(group[next - 1].Request.Key);
            if (--budget == 0)
                return group[next..];
        }
        for (; next < group.Length; next++)
            missing.Add(group[next].Request.Key);
        return [];
    }

    private async Task<bool> IsThereAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        ObjectRequest request = wanted.Request;
        // Where there is a compressed blob, it is what readers take, whatever lies beside it.
        if (Compressed is not null && Thorough && await Compressed.IsWholeAsync(request.Key, request.Size, cancellationToken) is { } isWhole)
            return isWhole;
        if (Compressed is not null && !Thorough && await Compressed.ExistsAsync(request.Key, cancellationToken))
            return true;
        return IsThere(wanted, await store.StatAsync(wanted.Name, cancellationToken));
    }

    private static bool IsThere(Wanted wanted, BlobInfo? blob) =>
        blob is not null && (wanted.Request.Size is not { } size || size == blob.Size);

    private readonly record struct Wanted(ObjectRequest Request, string Name);
}
