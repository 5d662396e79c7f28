using DataVersion.Caching;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>Reads trees, block lists and links' targets, each checked: from the cache, else from a remote.</summary>
/// <param name="cache">Asked first.</param>
/// <param name="remote">Asked for what the cache lacks; opened when it is first needed.</param>
internal sealed class SmallObjectReader(LocalCache cache, Func<CancellationToken, Task<ObjectStore>> remote)
{
    /// <summary>The most bytes of a block list: 5 TB has one of 20 MB.</summary>
    public const long MaxBlockList = 64L * 1024 * 1024;

    /// <summary>A small object, from the cache where it is there.</summary>
    /// <returns>Its bytes, and whether they are not yet in the cache.</returns>
    public async Task<(byte[] Bytes, bool IsNew)> ReadOnceAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        if (cache.Contains(key))
        {
            try
            {
                return (await cache.ReadSmallAsync(key, maxBytes, cancellationToken), false);
            }
            catch (DataVersionException e) when (e is ObjectCorruptException or ObjectMissingException)
            {
                // The remote has a good one; the cache has put the bad one aside.
            }
        }
        ObjectStore store = await remote(cancellationToken);
        return (await TwiceAsync(() => store.ReadSmallAsync(key, maxBytes, cancellationToken)), true);
    }

    /// <summary>What comes corrupt is asked for once more: the way here may have damaged it.</summary>
    public static async Task<T> TwiceAsync<T>(Func<Task<T>> receive)
    {
        try
        {
            return await receive();
        }
        catch (ObjectCorruptException)
        {
            return await receive();
        }
    }
}
