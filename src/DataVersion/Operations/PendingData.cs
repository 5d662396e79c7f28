using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>How much a pull has still to bring: what a check of disk space asks before anything is written.</summary>
public sealed class PendingData(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Upper bounds from what pointers say; what is half there counts whole. Nothing is read but names and trees of the cache.</summary>
    public async Task<PendingBytes> EstimateAsync(IReadOnlyList<PlacedInput> inputs, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, BaseEntry> bases = repository.Base.Load();
        var roots = new RootTransfer(repository, monitor);
        long download = 0, place = 0;
        foreach (PlacedInput input in inputs)
        {
            if (!await roots.IsCachedAsync(input.Pointer, input.Inside, cancellationToken))
                download += input.Pointer.Size;
            bool isPlaced = bases.TryGetValue(input.Path, out BaseEntry? entry) && entry.IsWhole && entry.Pointer == input.Pointer.Key;
            if (!isPlaced)
                place += input.Pointer.Size;
        }
        return new PendingBytes(download, place);
    }
}

/// <summary>What is still to be written.</summary>
/// <param name="Download">Bytes into the cache.</param>
/// <param name="Place">Bytes into the workspace; less where files are cloned or linked.</param>
public readonly record struct PendingBytes(long Download, long Place);
