using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>
/// What the file system says about a name, without following a link. Times are nanoseconds since 1970-01-01 UTC. Where the platform has
/// no change time, inode or device (Windows, macOS through .NET), they are 0 and <see cref="Links"/> is 1.
/// </summary>
public readonly record struct FileStat
{
    /// <summary>What it is.</summary>
    public required FileType Type { get; init; }

    /// <summary>Bytes; of a link, the length of its target.</summary>
    public required long Size { get; init; }

    /// <summary>When the bytes changed last.</summary>
    public required long ModifiedNs { get; init; }

    /// <summary>When bytes, mode, owner or links changed last.</summary>
    public long ChangedNs { get; init; }

    /// <summary>The file's number on its device.</summary>
    public ulong Inode { get; init; }

    /// <summary>The file system's number.</summary>
    public ulong Device { get; init; }

    /// <summary>How many names the file has.</summary>
    public uint Links { get; init; }

    /// <summary>Permissions.</summary>
    public UnixFileMode Mode { get; init; }

    /// <summary>True for a regular file that its owner may execute.</summary>
    public bool IsExecutable => Type == FileType.File && (Mode & UnixFileMode.UserExecute) != 0;

    /// <summary>True for a file that nobody may write to, as the cache's objects are.</summary>
    internal bool IsReadOnly => (Mode & (UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0;

    /// <summary>The part that tells whether the file changed, without what is known not to keep on this file system.</summary>
    public FileStamp Stamp => SteadyStat.Of(Device).Keep(FullStamp);

    /// <summary>The same with all that the file system says.</summary>
    internal FileStamp FullStamp => new(Size, ModifiedNs, ChangedNs, Inode);

    /// <summary>
    /// True if the file is still the one of an earlier stamp: size, times and inode agree, as far as they keep on this file system. The one place
    /// where a remembered stamp is compared with a file.
    /// </summary>
    /// <param name="earlier">The stamp, which may have been taken before it was known what does not keep.</param>
    /// <param name="ignoreChangeTime">True to leave out the change time, where something else accounts for it.</param>
    internal bool Has(FileStamp earlier, bool ignoreChangeTime = false)
    {
        FileStamp then = SteadyStat.Of(Device).Keep(earlier);
        return Stamp == (ignoreChangeTime ? then with { ChangedNs = Stamp.ChangedNs } : then);
    }

    /// <summary>Looks at a path; null where there is nothing of that name.</summary>
    /// <exception cref="FileAccessException">It cannot be looked at, for instance for want of permission.</exception>
    public static FileStat? TryGet(string path)
    {
        if (!OperatingSystem.IsLinux())
            return TryGetManaged(path);
        if (Libc.StatX(Libc.AtFdCwd, path, Libc.AtSymlinkNoFollow, Libc.StatxBasic, out Libc.StatXBuffer buffer) == 0)
            return From(buffer);
        return NothingThere(Marshal.GetLastPInvokeError()) ? null : throw SystemErrors.Last(path);
    }

    /// <summary>Looks at an open file.</summary>
    /// <exception cref="FileAccessException">It cannot be looked at.</exception>
    public static FileStat Get(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsLinux())
            return GetManaged(handle);
        return Libc.StatX(handle, "", Libc.AtEmptyPath, Libc.StatxBasic, out Libc.StatXBuffer buffer) == 0 ? From(buffer) : throw SystemErrors.Last("(open file)");
    }

    /// <summary>Looks at a name in an open directory; null where there is nothing of that name.</summary>
    [SupportedOSPlatform("linux")]
    internal static FileStat? TryGetAt(SafeFileHandle directory, string name, string fullPath)
    {
        if (Libc.StatX(directory, name, Libc.AtSymlinkNoFollow, Libc.StatxBasic, out Libc.StatXBuffer buffer) == 0)
            return From(buffer);
        return NothingThere(Marshal.GetLastPInvokeError()) ? null : throw SystemErrors.Last(fullPath);
    }

    private static bool NothingThere(int error) => error is SystemErrors.NoEntry or SystemErrors.NotDirectory;

    [SupportedOSPlatform("linux")]
    private static FileStat From(in Libc.StatXBuffer buffer) => new()
    {
        Type = (buffer.Mode & 0xF000) switch
        {
            0x8000 => FileType.File,
            0x4000 => FileType.Directory,
            0xA000 => FileType.SymbolicLink,
            _ => FileType.Other,
        },
        Size = buffer.Size,
        ModifiedNs = unchecked(buffer.ModifiedSeconds * 1_000_000_000 + buffer.ModifiedNanoseconds),
        ChangedNs = unchecked(buffer.ChangedSeconds * 1_000_000_000 + buffer.ChangedNanoseconds),
        Inode = buffer.Inode,
        Device = ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor,
        Links = buffer.Links,
        Mode = (UnixFileMode)(buffer.Mode & 0xFFF),
    };

    private static FileStat? TryGetManaged(string path)
    {
        try
        {
            var info = new FileInfo(path);
            FileAttributes attributes = info.Attributes;
            if ((int)attributes == -1)
                return null;
            bool link = info.LinkTarget is not null;
            bool directory = (attributes & FileAttributes.Directory) != 0 && !link;
            return new FileStat
            {
                Type = link ? FileType.SymbolicLink : directory ? FileType.Directory : (attributes & FileAttributes.Device) != 0 ? FileType.Other : FileType.File,
                Size = directory || link ? 0 : info.Length,
                ModifiedNs = Nanoseconds(info.LastWriteTimeUtc),
                Links = 1,
                Mode = OperatingSystem.IsWindows() ? WindowsMode(attributes) : info.UnixFileMode,
            };
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    private static FileStat GetManaged(SafeFileHandle handle) => new()
    {
        Type = FileType.File,
        Size = RandomAccess.GetLength(handle),
        ModifiedNs = Nanoseconds(File.GetLastWriteTimeUtc(handle)),
        Links = 1,
        Mode = OperatingSystem.IsWindows() ? WindowsMode(File.GetAttributes(handle)) : File.GetUnixFileMode(handle),
    };

    private static UnixFileMode WindowsMode(FileAttributes attributes) =>
        (UnixFileMode)((attributes & FileAttributes.ReadOnly) != 0 ? 0x124 : 0x1B6);

    private static long Nanoseconds(DateTime utc) => (utc - DateTime.UnixEpoch).Ticks * 100;
}
