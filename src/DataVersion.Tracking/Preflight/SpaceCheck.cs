namespace DataVersion.Tracking.Preflight;

/// <summary>Looks whether a disk has room for what is to come.</summary>
public static class SpaceCheck
{
    /// <summary>Compares the free space under a folder, which need not exist yet, with what is needed.</summary>
    /// <param name="directory">An absolute path.</param>
    /// <param name="neededBytes">What will be written there.</param>
    public static SpaceResult Check(string directory, long neededBytes)
    {
        string existing = ExistingFolder.Of(directory);
        return new SpaceResult(directory, neededBytes, FreeBytes(existing));
    }

    private static long? FreeBytes(string directory)
    {
        try
        {
            var drive = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(directory)! : directory);
            // Some network file systems tell nothing: no size, and nothing free.
            return drive.TotalSize == 0 ? null : drive.AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A share of the network has no drive letter.
            return null;
        }
    }
}

/// <summary>Free space beside what is needed.</summary>
/// <param name="Directory">The folder that was asked for.</param>
/// <param name="NeededBytes">What will be written there.</param>
/// <param name="FreeBytes">What this user may still write there; null where that cannot be found out.</param>
public sealed record SpaceResult(string Directory, long NeededBytes, long? FreeBytes)
{
    /// <summary>False only where it is known that there is too little room.</summary>
    public bool IsEnough => FreeBytes is null || FreeBytes >= NeededBytes;

    /// <summary>How many bytes are missing; 0 where none are known to be.</summary>
    public long MissingBytes => IsEnough ? 0 : NeededBytes - FreeBytes!.Value;
}
