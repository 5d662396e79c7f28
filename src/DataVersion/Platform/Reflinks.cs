using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>Copies that share their blocks until one of them is written to (btrfs, xfs, and others).</summary>
internal static class Reflinks
{
    /// <summary>Makes an empty, writable file a clone of another. False where these places cannot share blocks: the target is unchanged.</summary>
    public static bool TryClone(SafeFileHandle source, SafeFileHandle target) =>
        // Any refusal counts, also a full disk: the copy that follows then meets the same error with a name to it.
        OperatingSystem.IsLinux() && Libc.IoControl(target, Libc.FiClone, source) == 0;
}
