using System.Text;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Finds out what file systems keep of a stat, where that is not known of their kind, and remembers it in the index, so that each is probed once.
/// A file is left on it as a witness: what only the next mount shows, as numbers that are given out anew, shows on that file.
/// </summary>
/// <param name="index">Where the findings are kept.</param>
/// <param name="temporary">The state's folder for temporary files, which need not exist.</param>
internal sealed class StatMemory(FileIndex index, string temporary)
{
    private readonly string _witness = Path.Combine(temporary, "witness");
    private readonly Lock _gate = new();
    private readonly HashSet<ulong> _seen = [];
    private readonly List<ProbedFileSystem> _probed = [];

    /// <summary>The file systems that were met by this process and had to be probed, now or earlier.</summary>
    public IReadOnlyList<ProbedFileSystem> Probed
    {
        get
        {
            lock (_gate)
                return [.. _probed];
        }
    }

    /// <summary>Sees to it that stamps of files on a file system hold only what keeps there. One statfs where its kind is known.</summary>
    /// <param name="folder">An existing folder on it.</param>
    /// <param name="device">Its number.</param>
    public void Learn(string folder, ulong device)
    {
        lock (_gate)
        {
            if (!_seen.Add(device) || !OperatingSystem.IsLinux() || FileSystems.KeepsStats(FileSystems.Of(folder)))
                return;
            try
            {
                string name = Mounts.NameOf(device);
                SteadyStat keeps = Find(Key(name), folder, device);
                SteadyStat.Declare(device, keeps);
                _probed.Add(new ProbedFileSystem(name, keeps));
            }
            catch (FileAccessException)
            {
                // Nothing can be written there, so nothing can be found out: everything is compared, at the price of reading more.
            }
        }
    }

    // No path of a workspace holds NUL.
    private static string Key(string name) => $"\0{name}";

    private SteadyStat Find(string key, string folder, ulong device)
    {
        string state = Directory.Exists(temporary) ? temporary : Path.GetDirectoryName(temporary)!;
        if (FileStat.TryGet(state)?.Device != device)
            return FindWithoutWitness(key, folder);
        if (TryRecall(key) is { } known)
            return known;
        Ensure();
        SteadyStat found = StatProbe.Run(temporary);
        Remember(key, found);
        return found;
    }

    // The workspace, or a part of it, lies elsewhere than the state: nothing is left behind among the user's files.
    private SteadyStat FindWithoutWitness(string key, string folder)
    {
        if (index.TryGet(key, out IndexEntry entry))
            return new SteadyStat(entry.Stamp.Inode != 0, entry.Stamp.ChangedNs != 0);
        SteadyStat found = StatProbe.Run(folder);
        index.Set(key, new IndexEntry(found.Keep(new FileStamp(0, 0, 1, 1)), default, default, default, Settled: false));
        return found;
    }

    private SteadyStat? TryRecall(string key)
    {
        if (!index.TryGet(key, out IndexEntry entry) || FileStat.TryGet(_witness) is not { } stat || !IsOurs())
            return null;
        FileStamp found = stat.FullStamp;
        long now = found.ChangedNs == entry.Stamp.ChangedNs || entry.Stamp.ChangedNs == 0 ? 0 : NowNs();
        if (StatProbe.Judge(entry.Stamp, found, now) is not { } keeps)
            return null;
        if (keeps.Keep(found) != entry.Stamp)
            Remember(key, keeps);
        return keeps;
    }

    private void Remember(string key, SteadyStat keeps)
    {
        if (!IsOurs())
            Leave();
        if (FileStat.TryGet(_witness) is { } stat)
            index.Set(key, new IndexEntry(keeps.Keep(stat.FullStamp), default, default, default, Settled: false));
    }

    // It says where it was left: the witness of a copied repository has seen nothing.
    private bool IsOurs()
    {
        try
        {
            return File.Exists(_witness) && File.ReadAllText(_witness) == _witness;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(_witness, error);
        }
    }

    private void Leave() => AtomicFile.Write(_witness, Encoding.UTF8.GetBytes(_witness));

    private void Ensure()
    {
        try
        {
            Directory.CreateDirectory(temporary);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(temporary, error);
        }
    }

    private long NowNs()
    {
        using FileSystemClock clock = FileSystemClock.Open(temporary);
        return clock.NowNs();
    }
}
