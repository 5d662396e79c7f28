using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>Finds out by trying which parts of a stat a file system keeps (DESIGN "Racy files").</summary>
internal static class StatProbe
{
    private const long ClockToleranceNs = 2_000_000_000;

    /// <summary>Writes a file, looks at it again and again and by other names, and removes it.</summary>
    /// <exception cref="FileAccessException">Nothing can be written there.</exception>
    public static SteadyStat Run(string directory)
    {
        string path = Path.Combine(directory, TempNames.Create("stat"));
        string renamed = Path.Combine(directory, TempNames.Create("stat"));
        try
        {
            File.WriteAllText(path, "x");
            List<FileStat> untouched = [Look(path), Look(path), Reopen(path), Look(path)];
            List<FileStat> sameFile = [.. untouched];
            // Two names of one file must have one number; where the system has no second names, a rename is the next best.
            if (HardLinks.TryCreate(path, renamed) != LinkOutcome.Created)
                File.Move(path, renamed);
            sameFile.Add(Look(renamed));
            sameFile.Add(Reopen(renamed));
            return Judge(untouched, sameFile);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(directory, error);
        }
        finally
        {
            File.Delete(path);
            File.Delete(renamed);
        }
    }

    /// <summary>Judges what was seen.</summary>
    /// <param name="untouched">One file, to which nothing was done in between.</param>
    /// <param name="sameFile">The same file, also under other names and opened anew.</param>
    public static SteadyStat Judge(IReadOnlyList<FileStat> untouched, IReadOnlyList<FileStat> sameFile) => new(
        Inode: sameFile.All(s => s.Inode == sameFile[0].Inode),
        ChangeTime: untouched.All(s => s.ChangedNs == untouched[0].ChangedNs));

    /// <summary>
    /// Judges a file that was left alone since an earlier command, maybe through another mount. Null where it is not the file that was left, and
    /// says nothing.
    /// </summary>
    /// <param name="left">How it was left. What did not keep then is 0, and stays out.</param>
    /// <param name="found">How it is found.</param>
    /// <param name="nowNs">Now, by the file system's clock: a change time that is always now belongs to the question and not to the file.</param>
    public static SteadyStat? Judge(FileStamp left, FileStamp found, long nowNs)
    {
        if (left.Size != found.Size || left.ModifiedNs != found.ModifiedNs)
            return null;
        bool sameInode = left.Inode == found.Inode;
        bool sameChange = left.ChangedNs == found.ChangedNs;
        bool alwaysNow = !sameChange && Math.Abs(nowNs - found.ChangedNs) < ClockToleranceNs;
        // Both moved, and not by being looked at: somebody put a copy in its place, or changed its mode.
        if (!sameChange && !alwaysNow && left.ChangedNs != 0)
            return null;
        return new SteadyStat(left.Inode != 0 && sameInode, left.ChangedNs != 0 && sameChange);
    }

    private static FileStat Look(string path) => FileStat.TryGet(path) ?? throw SystemErrors.FromNumber(path, SystemErrors.NoEntry);

    private static FileStat Reopen(string path)
    {
        using SafeFileHandle handle = RegularFile.OpenRead(path, out FileStat stat);
        return stat;
    }
}
