using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>
/// A lock on a file that the system releases when the process ends, however it ends, so that there are no stale ones. The file stays
/// behind, empty of meaning. An exclusive holder's process number is written into it, for messages only.
/// </summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits until nobody else holds the lock in any way.</summary>
    /// <exception cref="LockedException">Somebody held it for all of <paramref name="wait"/>.</exception>
    public static FileLock AcquireExclusive(string path, TimeSpan wait, CancellationToken cancellationToken)
    {
        FileLock acquired = Acquire(path, exclusive: true, wait, cancellationToken);
        acquired.WriteHolder();
        return acquired;
    }

    /// <summary>Waits until nobody holds the lock exclusively.</summary>
    /// <exception cref="LockedException">Somebody held it for all of <paramref name="wait"/>.</exception>
    public static FileLock AcquireShared(string path, TimeSpan wait, CancellationToken cancellationToken) =>
        Acquire(path, exclusive: false, wait, cancellationToken);

    /// <summary>
    /// The same where nothing may be written: null where the file is not there, may not be opened, or cannot be locked.
    /// </summary>
    /// <exception cref="LockedException">Somebody held it exclusively for all of <paramref name="wait"/>.</exception>
    internal static FileLock? TryAcquireExisting(string path, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            return Acquire(path, exclusive: false, wait, cancellationToken, create: false);
        }
        catch (FileAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileLock Acquire(string path, bool exclusive, TimeSpan wait, CancellationToken cancellationToken, bool create = true)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAcquire(path, exclusive, create) is { } file)
                return new FileLock(file);
            if (Stopwatch.GetElapsedTime(start) >= wait)
                throw new LockedException(path, Holder(path));
            cancellationToken.WaitHandle.WaitOne(Pause + TimeSpan.FromMilliseconds(Random.Shared.Next(15)));
        }
    }

    private static SafeFileHandle? TryAcquire(string path, bool exclusive, bool create)
    {
        if (!OperatingSystem.IsLinux())
            return TryAcquireManaged(path, exclusive, create);
        // Group-writable as far as the mask allows: a shared cache is used by several users.
        SafeFileHandle file = create ? Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.NoFollow, 0x1B6) : Libc.Open(path, Libc.ReadOnly | Libc.NoFollow);
        if (create && file.IsInvalid && Marshal.GetLastPInvokeError() is SystemErrors.Access or SystemErrors.ReadOnly)
            file = Libc.Open(path, Libc.ReadOnly | Libc.NoFollow);
        if (file.IsInvalid)
            throw SystemErrors.Last(path);
        if (Libc.FLock(file, (exclusive ? Libc.LockExclusive : Libc.LockShared) | Libc.LockNonBlocking) == 0)
            return file;
        int error = Marshal.GetLastPInvokeError();
        file.Dispose();
        return error switch
        {
            SystemErrors.Again => null,
            SystemErrors.NoLocks or SystemErrors.NotSupported or SystemErrors.NoSys =>
                throw new FileAccessException(path, "this file system has no locks", "mount it with locks (Lustre: -o flock), or keep the repository and its cache on another"),
            _ => throw SystemErrors.FromNumber(path, error),
        };
    }

    private static SafeFileHandle? TryAcquireManaged(string path, bool exclusive, bool create)
    {
        try
        {
            return exclusive
                ? File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
                : File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    private void WriteHolder()
    {
        try
        {
            RandomAccess.Write(_file, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture).PadRight(12) + "\n"), 0);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            // The number only helps messages.
        }
    }

    private static string Holder(string path)
    {
        try
        {
            // File.OpenHandle would ask for a lock of its own, and be refused.
            using SafeFileHandle file = RegularFile.OpenRead(path, out _);
            Span<byte> text = stackalloc byte[16];
            int length = RandomAccess.Read(file, text, 0);
            if (int.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && Directory.Exists($"/proc/{process}"))
                return $"process {process}";
        }
        catch (Exception error) when (SystemErrors.IsFileError(error) || error is FileAccessException)
        {
            // Not readable: below.
        }
        return "another process";
    }
}
