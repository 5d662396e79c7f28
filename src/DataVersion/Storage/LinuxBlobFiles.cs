using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Storage;

/// <summary>Reaches every file from the root's descriptor, one folder at a time, so that no link can be slipped in between check and use.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class LinuxBlobFiles(string root) : BlobFiles(root)
{
    private const UnixFileMode GroupWrite = UnixFileMode.GroupWrite;
    private const uint RenameNoReplace = 1;
    private const int WriteOnly = 1;
    private static readonly int Folder = Libc.PathOnly | Libc.Directory;

    public override FileStat? TryStat(string name)
    {
        using SafeFileHandle? parent = TryOpenFolder(FolderOf(name), create: false);
        FileStat? stat = parent is null ? null : FileStat.TryGetAt(parent, LeafOf(name), PathOf(name));
        return stat?.Type switch
        {
            null or FileType.Directory => null,
            FileType.File => stat,
            { } other => throw NotPlain(name, other),
        };
    }

    public override SafeFileHandle? TryOpen(string name)
    {
        using SafeFileHandle? parent = TryOpenFolder(FolderOf(name), create: false);
        if (parent is null)
            return null;
        // Without O_NONBLOCK, opening a pipe that someone put there would wait for ever.
        SafeFileHandle file = Libc.Open(parent, LeafOf(name), Libc.ReadOnly | Libc.NoFollow | Libc.NonBlock);
        if (file.IsInvalid)
        {
            return Marshal.GetLastPInvokeError() switch
            {
                SystemErrors.NoEntry => null,
                SystemErrors.Loop => throw NotPlain(name, FileType.SymbolicLink),
                _ => throw SystemErrors.Last(PathOf(name)),
            };
        }
        FileType type = FileStat.Get(file).Type;
        if (type == FileType.File)
            return file;
        file.Dispose();
        return type == FileType.Directory ? null : throw NotPlain(name, type);
    }

    public override bool HasFolder(string folder)
    {
        using SafeFileHandle? handle = TryOpenFolder(folder, create: false);
        return handle is not null;
    }

    public override SafeFileHandle CreateTemp(string temp)
    {
        using SafeFileHandle folder = TryOpenFolder(TempFolder, create: true)!;
        SafeFileHandle file = Libc.Open(folder, temp, WriteOnly | Libc.Create | Libc.Exclusive | Libc.NoFollow, 0x1B6);
        if (file.IsInvalid)
            throw SystemErrors.Last(PathOfTemp(temp));
        // In a directory that a group shares, what one member writes the others must be able to read, whatever his umask.
        UnixFileMode shared = FileStat.Get(folder).Mode;
        if ((shared & GroupWrite) != 0)
            File.SetUnixFileMode(file, shared & (UnixFileMode)0x1B6);
        return file;
    }

    public override bool Publish(string temp, string name, bool replace)
    {
        using SafeFileHandle from = TryOpenFolder(TempFolder, create: true)!;
        using SafeFileHandle parent = TryOpenFolder(FolderOf(name), create: true)!;
        string leaf = LeafOf(name);
        if (replace)
            Check(Libc.RenameAt(from, temp, parent, leaf), name);
        return replace || TryRenameIfAbsent(from, temp, parent, leaf, name);
    }

    public override void FlushName(string name)
    {
        using SafeFileHandle? parent = TryOpenFolder(FolderOf(name), create: false);
        if (parent is not null)
            Flush(parent, name);
    }

    public override bool TakeAway(string name, string temp)
    {
        using SafeFileHandle? parent = TryOpenFolder(FolderOf(name), create: false);
        if (parent is null)
            return false;
        using SafeFileHandle to = TryOpenFolder(TempFolder, create: true)!;
        if (Libc.RenameAt(parent, LeafOf(name), to, temp) != 0)
            return Marshal.GetLastPInvokeError() == SystemErrors.NoEntry ? false : throw SystemErrors.Last(PathOf(name));
        return true;
    }

    public override void DeleteTemp(string temp)
    {
        using SafeFileHandle? folder = TryOpenFolder(TempFolder, create: false);
        if (folder is not null && Libc.UnlinkAt(folder, temp, 0) != 0 && Marshal.GetLastPInvokeError() != SystemErrors.NoEntry)
            throw SystemErrors.Last(PathOfTemp(temp));
    }

    private bool TryRenameIfAbsent(SafeFileHandle from, string temp, SafeFileHandle parent, string leaf, string name)
    {
        if (RenameAt2(from, temp, parent, leaf, RenameNoReplace) == 0)
            return true;
        if (Marshal.GetLastPInvokeError() == SystemErrors.Exists)
            return false;
        if (LinkAt(from, temp, parent, leaf, 0) == 0)
        {
            Libc.UnlinkAt(from, temp, 0);
            return true;
        }
        switch (HardLinks.Outcome(PathOf(name)))
        {
            case LinkOutcome.Exists:
                return false;
            default:
                // Some FUSE and CIFS mounts have neither. Writers that race then agree on the bytes, or on nothing of ours.
                AtomicIfAbsent = false;
                if (FileStat.TryGetAt(parent, leaf, PathOf(name)) is not null)
                    return false;
                Check(Libc.RenameAt(from, temp, parent, leaf), name);
                return true;
        }
    }

    /// <summary>Opens a folder below the root, making what is missing of it if asked to; null where there is none.</summary>
    private SafeFileHandle? TryOpenFolder(string relative, bool create)
    {
        SafeFileHandle folder = OpenRoot(create);
        foreach (Range range in relative.AsSpan().Split('/'))
        {
            string segment = relative[range];
            if (segment.Length == 0)
                break;
            using SafeFileHandle above = folder;
            folder = Libc.Open(above, segment, Folder | Libc.NoFollow);
            if (folder.IsInvalid && create && Marshal.GetLastPInvokeError() == SystemErrors.NoEntry)
            {
                MakeFolder(above, segment, relative);
                folder = Libc.Open(above, segment, Folder | Libc.NoFollow);
            }
            if (!folder.IsInvalid)
                continue;
            int error = Marshal.GetLastPInvokeError();
            // With O_DIRECTORY and O_NOFOLLOW a link answers ENOTDIR: it must not pass for a folder that is missing.
            if (FileStat.TryGetAt(above, segment, PathOf(relative))?.Type is FileType.SymbolicLink)
                throw NotPlain(relative, FileType.SymbolicLink);
            if (!create && error is SystemErrors.NoEntry or SystemErrors.NotDirectory)
                return null;
            throw SystemErrors.FromNumber(PathOf(relative), error);
        }
        return folder;
    }

    private SafeFileHandle OpenRoot(bool create)
    {
        // The root's own path is the user's: links in it are followed.
        SafeFileHandle folder = Libc.Open(Root, Folder);
        if (folder.IsInvalid && create && Marshal.GetLastPInvokeError() == SystemErrors.NoEntry && Directory.Exists(Path.GetDirectoryName(Root)))
        {
            // Only the last part is made: a missing parent rather is a disk that is not mounted.
            if (MakeDirectory(Root, 0x1FF) != 0 && Marshal.GetLastPInvokeError() != SystemErrors.Exists)
                throw SystemErrors.Last(Root);
            FileSync.FlushDirectory(Path.GetDirectoryName(Root)!);
            folder = Libc.Open(Root, Folder);
        }
        if (!folder.IsInvalid)
            return folder;
        throw Marshal.GetLastPInvokeError() is SystemErrors.NoEntry or SystemErrors.NotDirectory ? NoRoot() : SystemErrors.Last(Root);
    }

    private void MakeFolder(SafeFileHandle above, string segment, string relative)
    {
        if (Libc.MakeDirectoryAt(above, segment, 0x1FF) != 0)
        {
            if (Marshal.GetLastPInvokeError() != SystemErrors.Exists)
                throw SystemErrors.Last(PathOf(relative));
            return;
        }
        UnixFileMode mode = FileStat.Get(above).Mode;
        if ((mode & GroupWrite) != 0)
        {
            using SafeFileHandle made = Libc.Open(above, segment, Libc.ReadOnly | Libc.Directory | Libc.NoFollow);
            if (!made.IsInvalid)
                File.SetUnixFileMode(made, mode);
        }
        Flush(above, relative);
    }

    private void Flush(SafeFileHandle folder, string name)
    {
        // The descriptors that lead here are O_PATH, which cannot be flushed (nor ask for the right to read).
        using SafeFileHandle readable = Libc.Open(folder, ".", Libc.ReadOnly | Libc.Directory);
        if (readable.IsInvalid)
            throw SystemErrors.Last(PathOf(name));
        FileSync.Flush(readable, PathOf(name));
    }

    private void Check(int result, string name)
    {
        if (result != 0)
            throw SystemErrors.Last(PathOf(name));
    }

    private static string FolderOf(string name) => name.LastIndexOf('/') is >= 0 and int slash ? name[..slash] : "";

    private static string LeafOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to, int flags);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, uint mode);
}
