namespace DataVersion.Platform;

/// <summary>Replaces small files so that a reader, and a machine that loses power, sees the old bytes or the new ones.</summary>
public static class AtomicFile
{
    /// <summary>Writes a temporary file, flushes it, renames it into place and flushes the folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">All of its bytes.</param>
    /// <param name="mode">Its mode; null for the user's default.</param>
    /// <param name="tempDirectory">Where the temporary file lies, if a rename leads from there to the file; else it lies beside the file.</param>
    /// <exception cref="FileAccessException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null, string? tempDirectory = null)
    {
        string directory = Path.GetDirectoryName(path)!;
        string temporary = "";
        try
        {
            Directory.CreateDirectory(directory);
            temporary = NewTemporary(directory, tempDirectory, "x");
            using (FileStream stream = Open(temporary, mode))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            FailPoint.Hit("file.temp-written");
            File.Move(temporary, path, overwrite: true);
            FileSync.FlushDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw SystemErrors.From(path, e);
        }
    }

    /// <summary>
    /// A name for a temporary file from which a rename leads into <paramref name="directory"/>: out of the user's sight in
    /// <paramref name="tempDirectory"/>, where the next command removes what a killed one left, unless that is on another file system.
    /// </summary>
    internal static string NewTemporary(string directory, string? tempDirectory, string label)
    {
        bool together = tempDirectory is not null && FileStat.TryGet(tempDirectory) is { } there && there.Device == FileStat.TryGet(directory)?.Device;
        return Path.Combine(together ? tempDirectory! : directory, TempNames.Create(label));
    }

    /// <summary>Lets two names of one file system trade places in one step. False where that is not possible; nothing changed.</summary>
    internal static bool TryExchange(string one, string other)
    {
        try
        {
            return OperatingSystem.IsLinux() && Libc.RenameAt2(Libc.AtFdCwd, one, Libc.AtFdCwd, other, Libc.RenameExchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // An older libc than the call.
            return false;
        }
    }

    private static FileStream Open(string path, UnixFileMode? mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (mode is { } bits && !OperatingSystem.IsWindows())
            options.UnixCreateMode = bits;
        return new FileStream(path, options);
    }

    private static void TryDelete(string path)
    {
        try
        {
            if (path.Length > 0)
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; a leftover of this name is ignored by every walk.
        }
    }
}
