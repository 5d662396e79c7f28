using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Tells whether a file's times are old enough to prove that a later write would change them: a file system's clock is coarse, so a file
/// written within one tick of being hashed may change again and look the same (DESIGN "Racy files").
/// </summary>
internal sealed class RacyClock
{
    private readonly long _nowNs;
    private readonly long _marginNs;

    private RacyClock(long nowNs, long marginNs)
    {
        _nowNs = nowNs;
        _marginNs = marginNs;
    }

    /// <summary>Reads the clock of the file system that holds <paramref name="directory"/>, by writing a file there. Take it before hashing.</summary>
    public static RacyClock Read(string directory)
    {
        string probe = Path.Combine(directory, TempNames.Create("clock"));
        try
        {
            File.WriteAllBytes(probe, []);
            long now = FileStat.TryGet(probe)?.ModifiedNs ?? 0;
            return new RacyClock(now, FileSystems.RacyMarginNs(FileSystems.Of(directory)));
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            // Nothing can be written there (read-only, full): no entry is trusted, files are read again.
            return new RacyClock(0, 0);
        }
        finally
        {
            TryDelete(probe);
        }
    }

    /// <summary>True where an index entry for this stat may be trusted later.</summary>
    public bool IsSettled(in FileStat stat) => Math.Max(stat.ModifiedNs, stat.ChangedNs) + _marginNs < _nowNs;

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            // Every walk skips files of this name.
        }
    }
}
