namespace DataVersion.Platform;

/// <summary>Replaces small files so that a reader, and a machine that loses power, sees the old bytes or the new ones.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a temporary file beside <paramref name="path"/>, flushes it, renames it into place and flushes the folder.</summary>
    /// <exception cref="FileAccessException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        string directory = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(directory, TempNames.Create());
        try
        {
            Directory.CreateDirectory(directory);
            using (FileStream stream = Open(temporary, mode))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            FileSync.FlushDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw SystemErrors.From(path, e);
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
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; a leftover of this name is ignored by every walk.
        }
    }
}
