namespace DataVersion.Platform;

/// <summary>What kind of file system holds a path, as far as it decides how far its times and flushes can be trusted.</summary>
internal enum FileSystemKind
{
    /// <summary>Not recognised: the careful way is taken.</summary>
    Unknown,

    /// <summary>A disk of this machine with fine, steady times.</summary>
    Local,

    /// <summary>In memory (tmpfs).</summary>
    Memory,

    /// <summary>Overlay of others, as in containers.</summary>
    Overlay,

    /// <summary>NFS, SMB, Ceph and the like.</summary>
    Network,

    /// <summary>FAT and exFAT: times of two seconds.</summary>
    Fat,

    /// <summary>FUSE, 9p: inodes and change times may be invented.</summary>
    Fuse,
}

/// <summary>Facts about file systems.</summary>
internal static class FileSystems
{
    private const long Ext = 0xEF53, Xfs = 0x58465342, Btrfs = 0x9123683E, Tmpfs = 0x01021994, F2fs = 0xF2F52010, Zfs = 0x2FC12FC1, Bcachefs = 0xCA451A4E,
        OverlayFs = 0x794C7630, Nfs = 0x6969, Smb = 0x517B, Smb2 = 0xFE534D42, Cifs = 0xFF534D42, Ceph = 0x00C36400, Lustre = 0x0BD00BD0, Gpfs = 0x47504653,
        Msdos = 0x4D44, ExFat = 0x2011BAB0, FuseFs = 0x65735546, Plan9 = 0x01021997, Virtiofs = 0x6A656A63;

    private const long FineMarginNs = 20_000_000;
    private const long CoarseMarginNs = 2_000_000_000;

    /// <summary>The kind of file system that holds an existing path.</summary>
    public static FileSystemKind Of(string path) => Number(path) switch
    {
        Ext or Xfs or Btrfs or F2fs or Zfs or Bcachefs => FileSystemKind.Local,
        Tmpfs => FileSystemKind.Memory,
        OverlayFs => FileSystemKind.Overlay,
        Nfs or Smb or Smb2 or Cifs or Ceph or Lustre or Gpfs => FileSystemKind.Network,
        Msdos or ExFat => FileSystemKind.Fat,
        FuseFs or Plan9 or Virtiofs => FileSystemKind.Fuse,
        _ => FileSystemKind.Unknown,
    };

    /// <summary>How much older than now a file's times must be to prove that no later write shares them (DESIGN "Racy files").</summary>
    public static long RacyMarginNs(FileSystemKind kind) =>
        kind is FileSystemKind.Local or FileSystemKind.Memory or FileSystemKind.Overlay ? FineMarginNs : CoarseMarginNs;

    /// <summary>True where inode and change time are known to keep; elsewhere <see cref="StatProbe"/> finds out.</summary>
    public static bool KeepsStats(FileSystemKind kind) => RacyMarginNs(kind) == FineMarginNs;

    /// <summary>True where one syncfs is known to make files and names durable and to report what was lost.</summary>
    public static bool HonoursSyncFs(string path) => Number(path) is Ext or Xfs or Btrfs or Tmpfs;

    /// <summary>True where <c>a</c> and <c>A</c> are one name in an existing, writable directory. Looks by trying.</summary>
    public static bool FoldsCase(string directory)
    {
        string name = Path.Combine(directory, TempNames.Create("case-a"));
        RegularFile.Create(name, UnixFileMode.UserRead).Dispose();
        try
        {
            return FileStat.TryGet(Path.Combine(directory, Path.GetFileName(name).Replace("case-a", "case-A", StringComparison.Ordinal))) is not null;
        }
        finally
        {
            File.Delete(name);
        }
    }

    /// <summary>
    /// True where <c>é</c> in one code point and in two is one name in an existing, writable directory. Looks by trying; false where such names
    /// cannot be written at all.
    /// </summary>
    public static bool Normalises(string directory)
    {
        const string Composed = "\u00e9", Decomposed = "e\u0301";
        string name = TempNames.Create("form-" + Composed);
        string path = Path.Combine(directory, name);
        try
        {
            RegularFile.Create(path, UnixFileMode.UserRead).Dispose();
        }
        catch (FileAccessException)
        {
            return false;
        }
        try
        {
            return FileStat.TryGet(Path.Combine(directory, name.Replace(Composed, Decomposed, StringComparison.Ordinal))) is not null;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static unsafe long Number(string path)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        // struct statfs has 120 bytes on 64-bit machines.
        long* buffer = stackalloc long[32];
        return Libc.StatFs(path, buffer) == 0 ? buffer[0] : 0;
    }
}
