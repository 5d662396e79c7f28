namespace DataVersion.Platform;

/// <summary>Whether something can be made in a folder, found out without making it where the system can be asked.</summary>
internal static class FolderAccess
{
    /// <summary>True if this user may make files in an existing folder. False on a read-only file system, and where there is no such folder.</summary>
    public static bool MayWrite(string directory)
    {
        if (OperatingSystem.IsLinux())
            return Libc.FAccessAt(Libc.AtFdCwd, directory, Libc.MayWrite | Libc.MayEnter, Libc.AtEffectiveAccess) == 0;
        string path = Path.Combine(directory, TempNames.Create("access"));
        try
        {
            new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose }).Dispose();
            return true;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            return false;
        }
    }

    /// <summary>The same for a folder that need not exist: then the nearest one above it decides.</summary>
    public static bool MayMake(string directory)
    {
        string? at = directory;
        while (at is not null && !Directory.Exists(at))
            at = Path.GetDirectoryName(at);
        return at is not null && MayWrite(at);
    }
}
