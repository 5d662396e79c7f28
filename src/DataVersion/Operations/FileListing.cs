using System.Runtime.CompilerServices;
using System.Text;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>What a version tracks, to be read once, in the order of paths: of each folder at a time, so that a million files need no list.</summary>
public sealed class FileListing : IAsyncDisposable
{
    // Links among so many files are looked up together.
    private const int ChunkSize = 256;
    private const int TargetsAtOnce = 16;

    private readonly SmallObjects _small;
    private readonly LazyRemotes _remotes;
    private readonly List<FailedItem> _failed = [];

    internal FileListing(SmallObjects small, LazyRemotes remotes) => (_small, _remotes) = (small, remotes);

    /// <summary>The part that is listed; null for all.</summary>
    public ShardPlan? Shard { get; internal init; }

    /// <summary>Links whose target could not be had, of those that were read so far; they are listed without.</summary>
    public IReadOnlyList<FailedItem> Failed => _failed;

    /// <summary>Requests to remotes so far.</summary>
    public long Requests => _remotes.Requests;

    /// <summary>Requests that had to be repeated.</summary>
    public long Retries => _remotes.Retries;

    internal bool ReadTargets { get; init; }

    internal IReadOnlyList<(TrackedOutput Output, string Path, TreeEntry Entry)> Shallow { get; init; } = [];

    internal IReadOnlyList<(TrackedOutput Output, WantedRoot Root)> Roots { get; init; } = [];

    /// <summary>What there is.</summary>
    public async IAsyncEnumerable<ListedFile> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var chunk = new List<(TrackedOutput Output, string Path, TreeEntry Entry)>(ChunkSize);
        await foreach ((TrackedOutput Output, string Path, TreeEntry Entry) item in ListAsync(cancellationToken))
        {
            chunk.Add(item);
            if (chunk.Count < ChunkSize)
                continue;
            foreach (ListedFile file in await DescribeAsync(chunk, cancellationToken))
                yield return file;
            chunk.Clear();
        }
        foreach (ListedFile file in await DescribeAsync(chunk, cancellationToken))
            yield return file;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _small.DisposeAsync();
        _remotes.Dispose();
    }

    private async IAsyncEnumerable<(TrackedOutput Output, string Path, TreeEntry Entry)> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach ((TrackedOutput Output, string Path, TreeEntry Entry) item in Shallow)
            yield return item;
        foreach ((TrackedOutput output, WantedRoot root) in Roots)
        {
            await foreach ((string path, TreeEntry file) in RootWalk.ListAsync(() => _small.LocalTrees, [root], cancellationToken))
            {
                if (Shard?.Contains(path) == false)
                    continue;
                // Of a root that is a file the pointer says more.
                yield return (output, path, output.Pointer.IsDirectory ? file : output.Pointer.ToEntry(WorkspacePath.Name(path)));
            }
        }
    }

    private async Task<ListedFile[]> DescribeAsync(List<(TrackedOutput Output, string Path, TreeEntry Entry)> chunk, CancellationToken cancellationToken)
    {
        var files = new ListedFile[chunk.Count];
        var links = new List<int>();
        for (int i = 0; i < files.Length; i++)
        {
            files[i] = new ListedFile(chunk[i].Path, chunk[i].Entry, null);
            if (ReadTargets && chunk[i].Entry.Kind == TreeEntryKind.Link)
                links.Add(i);
        }
        var options = new ParallelOptions { MaxDegreeOfParallelism = TargetsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(links, options, async (i, token) => files[i] = files[i] with { Target = await TryReadTargetAsync(chunk[i], token) });
        return files;
    }

    private async ValueTask<string?> TryReadTargetAsync((TrackedOutput Output, string Path, TreeEntry Entry) item, CancellationToken cancellationToken)
    {
        try
        {
            return Encoding.UTF8.GetString(await _small.ReadAsync(item.Entry.Key, TreeLimits.MaxLinkBytes, _remotes.For(item.Output.Pointer), cancellationToken));
        }
        catch (DataVersionException e) when (e is ObjectMissingException or ObjectCorruptException or RemoteException { IsDenied: true })
        {
            lock (_failed)
                _failed.Add(new FailedItem(item.Path, e.Message, e.Hint, e.Kind));
            return null;
        }
    }
}

/// <summary>One of the things that a version tracks.</summary>
/// <param name="Path">The tracked path and the path below it, relative to the workspace's root, with '/'.</param>
/// <param name="Entry">What it is.</param>
/// <param name="Target">Where a symbolic link points to, where that was asked for and could be had; else null.</param>
public sealed record ListedFile(string Path, TreeEntry Entry, string? Target);
