using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>What must be under a name at the moment when it is replaced, so that an edit made since it was looked at is not lost.</summary>
public readonly record struct ReplaceGuard
{
    private readonly bool _guarded;
    private readonly FileStamp? _stamp;

    private ReplaceGuard(FileStamp? stamp)
    {
        _guarded = true;
        _stamp = stamp;
    }

    /// <summary>Whatever is there may go.</summary>
    public static ReplaceGuard None => default;

    /// <summary>There must be nothing.</summary>
    public static ReplaceGuard Absent => new(null);

    /// <summary>It must be the file that had this stat.</summary>
    public static ReplaceGuard Unchanged(FileStat stat) => new(stat.Stamp);

    internal bool Allows(FileStat? found) => !_guarded || found?.Stamp == _stamp;
}
