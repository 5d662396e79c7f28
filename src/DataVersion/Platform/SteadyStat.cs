namespace DataVersion.Platform;

/// <summary>
/// Which parts of a stat a file system keeps for as long as nobody touches the file. Some invent inode numbers anew with each mount, or change
/// times with each question (FUSE, 9p): what does not keep tells nothing, and is left out of every <see cref="FileStamp"/>.
/// </summary>
/// <param name="Inode">True where a file keeps its number.</param>
/// <param name="ChangeTime">True where the change time moves only when something changes.</param>
public readonly record struct SteadyStat(bool Inode, bool ChangeTime)
{
    // Facts about mounted file systems, which are the same for all of this process. Replaced whole, so that readers need no lock.
    private static volatile Dictionary<ulong, SteadyStat> _unsteady = [];

    /// <summary>All of it keeps, as on any local disk.</summary>
    public static SteadyStat All => new(true, true);

    /// <summary>What is known of a device; <see cref="All"/> where nothing is known against it.</summary>
    internal static SteadyStat Of(ulong device) =>
        _unsteady is { Count: > 0 } known && known.TryGetValue(device, out SteadyStat steady) ? steady : All;

    /// <summary>From now on stamps of files on this device hold only what keeps there.</summary>
    internal static void Declare(ulong device, SteadyStat steady)
    {
        if (Of(device) != steady)
            _unsteady = new Dictionary<ulong, SteadyStat>(_unsteady) { [device] = steady };
    }

    /// <summary>A stamp without the parts that do not keep.</summary>
    internal FileStamp Keep(FileStamp stamp) =>
        this == All ? stamp : stamp with { Inode = Inode ? stamp.Inode : 0, ChangedNs = ChangeTime ? stamp.ChangedNs : 0 };
}
