using System.IO.Hashing;
using System.Runtime.InteropServices;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>
/// Whether the cache holds all of a tree, as one command sees it. What comes into a folder of the cache, or goes out of it, moves that folder's
/// times: where no folder's times moved since everything was found there, it is there still, and nothing need be looked up.
/// </summary>
/// <param name="cache">The cache.</param>
/// <param name="seed">Secret, so that nobody can make two states meet.</param>
public sealed class CacheCensus(LocalCache cache, ulong seed)
{
    private const int Prefixes = 256;

    private readonly Dictionary<HashKind, UInt128> _states = [];

    /// <summary>
    /// A number for the folders that hold objects of an algorithm; 0 where their times prove nothing (network file systems, a folder that changed just
    /// now). It was taken before anything was looked up with this census, so what is found from then on may be remembered with it.
    /// </summary>
    public UInt128 StateOf(HashKind kind)
    {
        if (!_states.TryGetValue(kind, out UInt128 state))
            _states.Add(kind, state = ReadState(kind));
        return state;
    }

    /// <summary>True where the cache holds every object of <paramref name="root"/>, by name.</summary>
    /// <param name="root">A tree or a content.</param>
    /// <param name="seenAt">The state at which all of it was found before; 0 for none.</param>
    /// <param name="cancellationToken">Stops the look-up.</param>
    public async Task<bool> HoldsAsync(TreeEntry root, UInt128 seenAt, CancellationToken cancellationToken)
    {
        UInt128 state = StateOf(root.Id.Kind);
        return (state != 0 && state == seenAt) || await new CachePresence(cache).IsCompleteAsync(root, inside: "", cancellationToken);
    }

    private UInt128 ReadState(HashKind kind)
    {
        // What comes and goes in a folder that may only be read is not told by times of ours.
        if (cache.HasAlternates)
            return 0;
        // Before the stats: a folder whose times are older than this by the margin gets others from whatever happens later.
        if (ReadSettledNs() is not { } settledNs)
            return 0;
        var hash = new XxHash128(unchecked((long)seed));
        Span<ulong> facts = stackalloc ulong[4];
        foreach (ObjectKind objects in (ReadOnlySpan<ObjectKind>)[ObjectKind.Content, ObjectKind.Tree])
        {
            for (int prefix = 0; prefix < Prefixes; prefix++)
            {
                FileStat stat = FileStat.TryGet(cache.Layout.DirectoryOf(objects, kind, (byte)prefix)) ?? default;
                if (Math.Max(stat.ModifiedNs, stat.ChangedNs) >= settledNs)
                    return 0;
                (facts[0], facts[1], facts[2], facts[3]) = (stat.Device, stat.Inode, (ulong)stat.ModifiedNs, (ulong)stat.ChangedNs);
                hash.Append(MemoryMarshal.AsBytes(facts));
            }
        }
        return hash.GetCurrentHashAsUInt128();
    }

    private long? ReadSettledNs()
    {
        if (FileSystems.Of(cache.Root) is not (FileSystemKind.Local or FileSystemKind.Memory or FileSystemKind.Overlay))
            return null;
        try
        {
            using FileSystemClock clock = FileSystemClock.Open(cache.Root);
            return clock.NowNs() - clock.MarginNs;
        }
        catch (FileAccessException)
        {
            // A cache that may only be read: others may write to it all the same.
            return null;
        }
    }
}
