using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>Copies that share their blocks until one of them is written to (btrfs, xfs, and others).</summary>
internal static class Reflinks
{
    /// <summary>Makes an empty, writable file a clone of another. False where these places cannot share blocks: the target is unchanged.</summary>
    public static bool TryClone(SafeFileHandle source, SafeFileHandle target) => TryClone(source, target, out _);

    /// <summary>The same, and says of a refusal whether it holds for all files of the two file systems.</summary>
    /// <param name="source">The open file.</param>
    /// <param name="target">An empty, writable file.</param>
    /// <param name="never">True if no file can be cloned from the one's file system to the other's (ioctl_ficlone(2)).</param>
    public static bool TryClone(SafeFileHandle source, SafeFileHandle target, out bool never)
    {
        // Any refusal counts, also a full disk: the copy that follows then meets the same error with a name to it.
        bool cloned = OperatingSystem.IsLinux() && Libc.IoControl(target, Libc.FiClone, source) == 0;
        never = !cloned && (!OperatingSystem.IsLinux()
            || Marshal.GetLastPInvokeError() is SystemErrors.NotSupported or SystemErrors.CrossDevice or SystemErrors.NotTty or SystemErrors.NoSys);
        return cloned;
    }
}
