using DataVersion.Caching;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>How much a pull has still to bring: what a check of disk space asks before anything is written.</summary>
public sealed class PendingData(Repository repository)
{
    /// <summary>Looks at names and trees of the cache; no file is read. What cannot be told (a part of a folder whose listing is not here yet) counts as nothing.</summary>
    public async Task<PendingBytes> EstimateAsync(IReadOnlyList<PlacedInput> inputs, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, BaseEntry> bases = repository.Base.Load();
        long place = 0;
        var downloads = new List<long>();
        foreach (PlacedInput input in inputs)
        {
            downloads.Add(await new CachePresence(repository.Cache).MissingBytesAsync(input.Pointer.ToEntry("root"), input.Inside, cancellationToken) ?? 0);
            bool isPlaced = bases.TryGetValue(input.Path, out BaseEntry? entry) && entry.IsWhole && entry.Pointer == input.Pointer.Key;
            if (!isPlaced)
                place += input.Inside.Length == 0 ? input.Pointer.Size : 0;
        }
        return new PendingBytes(downloads, place);
    }
}

/// <summary>What is still to be written.</summary>
/// <param name="Downloads">Bytes into the cache, for each input.</param>
/// <param name="Place">Bytes into the workspace at most; less where files are cloned or linked.</param>
public sealed record PendingBytes(IReadOnlyList<long> Downloads, long Place)
{
    /// <summary>Bytes into the cache, in all.</summary>
    public long Download => Downloads.Sum();
}
