using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>
/// A directory reached from a trusted root without following a link anywhere below it, and held open, so that nobody can put a link in
/// its way later. All changes that placing makes to a workspace go through here. Names are single names; paths are relative with '/'.
/// </summary>
internal sealed class SafeDirectory : IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly Lazy<ulong> _device;
    private readonly Lazy<FileSystemKind> _fileSystem;

    // The last place that was asked for in IsOnFileSystemOf: placing asks for the same one for each file.
    private Comparison? _compared;

    private SafeDirectory(SafeFileHandle? handle, string fullPath)
    {
        _handle = handle;
        FullPath = fullPath;
        _device = new Lazy<ulong>(() => handle is not null ? FileStat.Get(handle).Device : FileStat.TryGet(fullPath)?.Device ?? 0);
        _fileSystem = new Lazy<FileSystemKind>(() => FileSystems.Of(fullPath));
    }

    /// <summary>The absolute path, for messages and for platforms without directory handles.</summary>
    public string FullPath { get; }

    /// <summary>Opens <paramref name="relativePath"/> (may be empty) below <paramref name="root"/>; with <paramref name="create"/>, makes what is missing.</summary>
    /// <exception cref="UnsafePathException">A part of the path is a symbolic link, or would leave the root.</exception>
    /// <exception cref="FileAccessException">It is missing, is not a directory, or may not be entered.</exception>
    public static SafeDirectory Open(string root, string relativePath, bool create) =>
        TryOpen(root, relativePath, create) ?? throw SystemErrors.FromNumber(Path.Join(root, relativePath), SystemErrors.NoEntry);

    /// <summary>The same; null where a part is missing and is not to be created.</summary>
    public static SafeDirectory? TryOpen(string root, string relativePath, bool create)
    {
        string[] names = relativePath.Length == 0 ? [] : relativePath.Split('/');
        foreach (string name in names)
            CheckName(name, relativePath);
        return OperatingSystem.IsLinux() ? OpenLinux(root, names, create) : SafeDirectoryFallback.Enter(root, names, create) is { } path ? new(null, path) : null;
    }

    /// <summary>The number of its file system.</summary>
    public ulong Device => _device.Value;

    /// <summary>The kind of its file system.</summary>
    public FileSystemKind FileSystem => _fileSystem.Value;

    /// <summary>True if a rename can move files between here and another directory.</summary>
    public bool IsOnFileSystemOf(string directory)
    {
        if (_compared is not { } known || known.Directory != directory)
            _compared = known = new Comparison(directory, FileStat.TryGet(directory) is { Type: FileType.Directory } other && other.Device == Device);
        return known.Same;
    }

    private sealed record Comparison(string Directory, bool Same);

    /// <summary>Looks at a name, without following it.</summary>
    public bool TryStat(string name, out FileStat stat)
    {
        string path = PathOf(name);
        FileStat? found = OperatingSystem.IsLinux() ? FileStat.TryGetAt(_handle!, name, path) : FileStat.TryGet(path);
        stat = found ?? default;
        return found is not null;
    }

    /// <summary>Creates a file that is not there yet, for reading and writing.</summary>
    public SafeFileHandle CreateFile(string name, UnixFileMode mode)
    {
        string path = PathOf(name);
        if (!OperatingSystem.IsLinux())
            return RegularFile.Create(path, mode);
        SafeFileHandle file = Libc.Open(_handle!, name, Libc.ReadWrite | Libc.Create | Libc.Exclusive | Libc.NoFollow, (int)mode);
        return file.IsInvalid ? throw SystemErrors.Last(path) : file;
    }

    /// <summary>
    /// Moves a file of the same file system to a name here, replacing a file or link of that name in one step. Where both are links of one file
    /// already, both stay (rename(2)).
    /// </summary>
    /// <returns>False where the two are on different file systems (or mounts); nothing changed.</returns>
    public bool TryMoveInto(string tempPath, string name)
    {
        string path = PathOf(name);
        if (!OperatingSystem.IsLinux())
            return SafeDirectoryFallback.Move(tempPath, path);
        if (Libc.RenameAt(Libc.AtFdCwd, tempPath, _handle!, name) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == SystemErrors.CrossDevice ? false : throw SystemErrors.Last(path);
    }

    /// <inheritdoc cref="TryMoveInto"/>
    /// <exception cref="FileAccessException">It cannot be moved.</exception>
    public void MoveInto(string tempPath, string name)
    {
        if (!TryMoveInto(tempPath, name))
            throw new FileAccessException(PathOf(name), "is on another file system than the temporary file");
    }

    /// <summary>Renames within this directory, replacing a file or link in one step. Where both are links of one file already, both stay.</summary>
    public void Rename(string from, string to)
    {
        if (!OperatingSystem.IsLinux())
        {
            SafeDirectoryFallback.Move(PathOf(from), PathOf(to));
            return;
        }
        if (Libc.RenameAt(_handle!, from, _handle!, to) != 0)
            throw SystemErrors.Last(PathOf(to));
    }

    /// <summary>Gives a file a second name here; replaces nothing.</summary>
    public LinkOutcome LinkInto(string existingPath, string name)
    {
        string path = PathOf(name);
        if (!OperatingSystem.IsLinux())
            return HardLinks.TryCreate(existingPath, path);
        return Libc.LinkAt(Libc.AtFdCwd, existingPath, _handle!, name, 0) == 0 ? LinkOutcome.Created : HardLinks.Outcome(path);
    }

    /// <summary>Makes a symbolic link, replacing a file or link of that name in one step.</summary>
    public void SymlinkInto(string target, string name)
    {
        string path = PathOf(name);
        string temp = TempNames.Create("link");
        if (!OperatingSystem.IsLinux())
        {
            SafeDirectoryFallback.Symlink(target, PathOf(temp), path);
            return;
        }
        // Where nothing is in the way no temporary name is needed, which a killed process would leave behind.
        if (Libc.SymlinkAt(target, _handle!, name) == 0)
            return;
        if (Marshal.GetLastPInvokeError() != SystemErrors.Exists || Libc.SymlinkAt(target, _handle!, temp) != 0)
            throw SystemErrors.Last(path);
        try
        {
            Rename(temp, name);
        }
        catch
        {
            Unlink(temp, 0);
            throw;
        }
    }

    /// <summary>Deletes a file or link; nothing where there is none.</summary>
    public void DeleteFile(string name)
    {
        string path = PathOf(name);
        if (!OperatingSystem.IsLinux())
            SafeDirectoryFallback.Delete(path);
        else if (!Unlink(name, 0) && Marshal.GetLastPInvokeError() != SystemErrors.NoEntry)
            throw SystemErrors.Last(path);
    }

    /// <summary>Makes a directory; nothing where there is one.</summary>
    public void CreateDirectory(string name)
    {
        string path = PathOf(name);
        if (!OperatingSystem.IsLinux())
            Directory.CreateDirectory(path);
        else if (Libc.MakeDirectoryAt(_handle!, name, 0x1FF) != 0
            && (Marshal.GetLastPInvokeError() != SystemErrors.Exists || !TryStat(name, out FileStat stat) || stat.Type != FileType.Directory))
            throw SystemErrors.FromNumber(path, SystemErrors.Exists);
    }

    /// <summary>Deletes a directory if it is empty. False where it is not, or is not there.</summary>
    public bool DeleteEmptyDirectory(string name)
    {
        string path = PathOf(name);
        if (!OperatingSystem.IsLinux())
            return SafeDirectoryFallback.DeleteEmpty(path);
        return Unlink(name, Libc.AtRemoveDir)
            || (Marshal.GetLastPInvokeError() is SystemErrors.NotEmpty or SystemErrors.Exists or SystemErrors.NoEntry or SystemErrors.NotDirectory ? false : throw SystemErrors.Last(path));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    [SupportedOSPlatform("linux")]
    private static SafeDirectory? OpenLinux(string root, string[] names, bool create)
    {
        SafeFileHandle current = Libc.Open(root, Libc.PathOnly | Libc.Directory);
        string path = root;
        if (current.IsInvalid)
            throw SystemErrors.Last(root);
        foreach (string name in names)
        {
            path = Path.Join(path, name);
            using SafeFileHandle parent = current;
            SafeFileHandle next = Libc.Open(parent, name, Libc.PathOnly | Libc.Directory | Libc.NoFollow);
            int error = next.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
            if (error == SystemErrors.NoEntry && !create)
                return null;
            if (error == SystemErrors.NoEntry)
            {
                // Another process may have made it in between: then the second opening finds it.
                int made = Libc.MakeDirectoryAt(parent, name, 0x1FF);
                if (made != 0 && Marshal.GetLastPInvokeError() != SystemErrors.Exists)
                    throw SystemErrors.Last(path);
                next = Libc.Open(parent, name, Libc.PathOnly | Libc.Directory | Libc.NoFollow);
                error = next.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
            }
            if (error != 0)
                throw FileStat.TryGetAt(parent, name, path)?.Type == FileType.SymbolicLink
                    ? LeadsThroughLink(path)
                    : SystemErrors.FromNumber(path, error);
            current = next;
        }
        return new SafeDirectory(current, path);
    }

    internal static UnsafePathException LeadsThroughLink(string path) =>
        new(path, "is a symbolic link; nothing is placed or removed through links", "remove the link, or move the data where it points");

    private bool Unlink(string name, int flags) => !OperatingSystem.IsLinux() || Libc.UnlinkAt(_handle!, name, flags) == 0;

    private string PathOf(string name)
    {
        CheckName(name, name);
        return Path.Join(FullPath, name);
    }

    private static void CheckName(string name, string path)
    {
        if (name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
            throw new UnsafePathException(path, "is not a path below its folder");
    }
}
