using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>Makes single files and directories durable.</summary>
internal static class FileSync
{
    /// <summary>Flushes a file's bytes and size to the disk.</summary>
    public static void Flush(SafeFileHandle file, string path)
    {
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    /// <summary>
    /// Lets the kernel begin to write a part of a file, so that a later flush finds little left to do. Promises nothing, and fails nothing.
    /// </summary>
    public static void StartWriteBack(SafeFileHandle file, long offset, long length)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Libc.SyncFileRange(file, offset, length, Libc.SyncRangeWrite);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without the call.
        }
    }

    /// <summary>
    /// Lets the kernel forget a part of a file, as far as it is on the disk: what is copied next can use that memory. Promises nothing, and fails nothing.
    /// </summary>
    public static void Forget(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux())
            _ = Libc.FAdvise(file, offset, length, Libc.AdviseDontNeed);
    }

    /// <summary>Flushes the names in a directory; file systems that cannot (and Windows, where it is not needed) are left alone.</summary>
    public static void FlushDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using SafeFileHandle handle = Libc.Open(directory, Libc.ReadOnly | Libc.Directory);
        if (handle.IsInvalid)
            throw SystemErrors.Last(directory);
        if (Libc.FSync(handle) != 0 && Marshal.GetLastPInvokeError() is not (SystemErrors.Invalid or SystemErrors.NotSupported or SystemErrors.ReadOnly))
            throw SystemErrors.Last(directory);
    }
}
