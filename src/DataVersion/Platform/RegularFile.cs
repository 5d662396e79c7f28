using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>Opens regular files and nothing else: a fifo would block, a device may act, a link leads elsewhere.</summary>
internal static class RegularFile
{
    /// <summary>Opens an existing file for reading without following a link, and says what it is.</summary>
    /// <exception cref="FileAccessException">It is not there, not a regular file, or may not be read.</exception>
    public static SafeFileHandle OpenRead(string path, out FileStat stat) =>
        FileStat.TryGet(path) is { } before ? OpenRead(path, before, out stat) : throw SystemErrors.FromNumber(path, SystemErrors.NoEntry);

    /// <summary>The same for a path that has just been looked at.</summary>
    public static SafeFileHandle OpenRead(string path, in FileStat before, out FileStat stat)
    {
        RequireFile(path, before);
        SafeFileHandle handle = Open(path);
        try
        {
            stat = FileStat.Get(handle);
            RequireFile(path, stat);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens what should be a small file of ours; null where it is not there or may not be read.</summary>
    public static SafeFileHandle? TryOpenRead(string path)
    {
        try
        {
            return OpenRead(path, out _);
        }
        catch (FileAccessException)
        {
            return null;
        }
    }

    /// <summary>Opens an existing file for reading and writing without following a link.</summary>
    /// <exception cref="FileAccessException">It is not there, or may not be written to.</exception>
    public static SafeFileHandle OpenWrite(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Managed(path, () => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
        SafeFileHandle handle = Libc.Open(path, Libc.ReadWrite | Libc.NoFollow | Libc.NonBlock);
        return handle.IsInvalid ? throw SystemErrors.Last(path) : handle;
    }

    /// <summary>Dates an open file now, by the clock of its file system.</summary>
    /// <exception cref="FileAccessException">This user may not.</exception>
    public static unsafe void Touch(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux())
            Write(file, path);
        else if (Libc.FUTimeNs(file, null) != 0)
            throw SystemErrors.Last(path);
    }

    // The first byte over itself.
    private static void Write(SafeFileHandle file, string path)
    {
        try
        {
            Span<byte> first = stackalloc byte[1];
            if (RandomAccess.Read(file, first, 0) == 1)
                RandomAccess.Write(file, first, 0);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    /// <summary>Creates a file that is not there yet, for reading and writing.</summary>
    /// <param name="path">The new file.</param>
    /// <param name="mode">Its mode, less the umask.</param>
    /// <param name="named">What errors name instead, where the path means nothing to the user.</param>
    public static SafeFileHandle Create(string path, UnixFileMode mode, string? named = null)
    {
        if (!OperatingSystem.IsLinux())
            return Managed(named ?? path, () => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));
        SafeFileHandle handle = Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.Exclusive | Libc.NoFollow, (int)mode);
        return handle.IsInvalid ? throw SystemErrors.Last(named ?? path) : handle;
    }

    /// <summary>Sets the mode of an open file if this user may. False where not, and where there are no modes.</summary>
    public static bool TrySetMode(SafeFileHandle file, UnixFileMode mode) => OperatingSystem.IsLinux() && Libc.FChMod(file, (uint)mode) == 0;

    /// <summary>Sets the mode of an open file; nothing where there are no modes.</summary>
    public static void SetMode(SafeFileHandle file, UnixFileMode mode, string path)
    {
        if (OperatingSystem.IsLinux() && Libc.FChMod(file, (uint)mode) != 0 && !Unchangeable(Marshal.GetLastPInvokeError()))
            throw SystemErrors.Last(path);
    }

    /// <summary>Sets when an open file's bytes changed last.</summary>
    public static unsafe void SetModified(SafeFileHandle file, long modifiedNs)
    {
        if (!OperatingSystem.IsLinux())
        {
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddTicks(modifiedNs / 100));
            return;
        }
        Libc.TimeSpec* times = stackalloc Libc.TimeSpec[2];
        times[0] = new Libc.TimeSpec { Nanoseconds = Libc.UtimeOmit };
        times[1] = new Libc.TimeSpec { Seconds = Math.DivRem(modifiedNs, 1_000_000_000, out long rest), Nanoseconds = rest };
        // Refused by some network file systems; then the file keeps the time of its last write, which is true as well.
        _ = Libc.FUTimeNs(file, times);
    }

    private static SafeFileHandle Open(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Managed(path, () => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        SafeFileHandle handle = Libc.Open(path, Libc.ReadOnly | Libc.NoFollow | Libc.NonBlock);
        return handle.IsInvalid ? throw SystemErrors.Last(path) : handle;
    }

    private static void RequireFile(string path, FileStat stat)
    {
        if (stat.Type != FileType.File)
            throw new FileAccessException(path, stat.Type switch
            {
                FileType.Directory => "is a directory",
                FileType.SymbolicLink => "is a symbolic link",
                _ => "is a fifo, socket or device",
            });
    }

    // FAT and some network mounts have no modes of their own.
    private static bool Unchangeable(int error) => error is SystemErrors.Perm or SystemErrors.NotSupported or SystemErrors.NoSys;

    private static SafeFileHandle Managed(string path, Func<SafeFileHandle> open)
    {
        try
        {
            return open();
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }
}
