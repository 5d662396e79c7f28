using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Storage;

/// <summary>
/// The files of a <see cref="DirectoryBlobStore"/>. Whoever else can write to the directory may be hostile: below the root no link is
/// ever followed, and what is not a plain file is never opened as a blob.
/// </summary>
internal abstract class BlobFiles(string root)
{
    /// <summary>Holds what is being written; never listed, and no blob may be called so.</summary>
    public const string TempFolder = ".tmp-dv";

    protected string Root => root;

    /// <summary>False once the file system turned out to have no way to create a name only if it is free.</summary>
    public bool AtomicIfAbsent { get; protected set; } = true;

    public static BlobFiles At(string root) => OperatingSystem.IsLinux() ? new LinuxBlobFiles(root) : new PortableBlobFiles(root);

    /// <summary>Facts about a blob's file; null where there is no plain file of that name.</summary>
    public abstract FileStat? TryStat(string name);

    /// <summary>Opens a blob's file; null where there is none of that name.</summary>
    public abstract SafeFileHandle? TryOpen(string name);

    /// <summary>Whether there is such a folder below the root.</summary>
    public abstract bool HasFolder(string folder);

    /// <summary>Makes a new file in the temporary folder, and that folder and the root where they are missing.</summary>
    public abstract SafeFileHandle CreateTemp(string temp);

    /// <summary>Gives a finished temporary file its name. False, with nothing changed, where the name is taken and may not be replaced.</summary>
    public abstract bool Publish(string temp, string name, bool replace);

    /// <summary>Makes what <see cref="Publish"/> and <see cref="TakeAway"/> did to a name durable.</summary>
    public abstract void FlushName(string name);

    /// <summary>Takes a blob's name away and keeps its file under a temporary one. False where there is none.</summary>
    public abstract bool TakeAway(string name, string temp);

    public abstract void DeleteTemp(string temp);

    protected string PathOf(string name) => Path.Join(root, name);

    protected string PathOfTemp(string temp) => Path.Join(root, TempFolder, temp);

    /// <summary>The error for a name that stands for something that is no blob.</summary>
    protected RemoteException NotPlain(string name, FileType type) => new(
        root,
        $"'{name}' is a {(type == FileType.SymbolicLink ? "symbolic link" : "special file")}, where a plain file is expected",
        "someone else has changed the directory: remove what does not belong there");

    /// <summary>The error where the directory itself is missing.</summary>
    protected RemoteException NoRoot() =>
        new(root, "no such directory", "is the disk mounted? check the path with: dv remote list") { IsPlaceMissing = true };
}
