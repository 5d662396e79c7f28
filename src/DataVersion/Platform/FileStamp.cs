namespace DataVersion.Platform;

/// <summary>
/// What tells whether a file is still the one that was hashed. Times are nanoseconds since 1970-01-01 UTC; where a file system
/// or platform gives no inode or change time that keeps (<see cref="SteadyStat"/>), that field is 0.
/// </summary>
public readonly record struct FileStamp(long Size, long ModifiedNs, long ChangedNs, ulong Inode);
