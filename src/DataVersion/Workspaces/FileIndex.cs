using DataVersion.Indexing;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Rebuildable memory of which file had which id, so that unchanged files are not read again. Paths are relative to the workspace, with '/'.
/// A missing, damaged or older file is an empty index, never an error. All members may be called from many threads.
/// </summary>
public sealed class FileIndex
{
    // "DVINDEX" and the version of the record's layout.
    private const ulong Magic = 0x01_58_45_44_4E_49_56_44;

    private readonly Lazy<RecordTable<IndexRecord>> _lazyTable;

    private FileIndex(string file) => _lazyTable = new(() => new RecordTable<IndexRecord>(file, Magic));

    private RecordTable<IndexRecord> Table => _lazyTable.Value;

    /// <summary>The random seed of this index's fingerprints.</summary>
    public ulong Seed => Table.Seed;

    /// <summary>Opens the index in a file, which need not exist; it is read when it is first asked.</summary>
    public static FileIndex Load(string file) => new(file);

    /// <summary>The entry of a file that is certainly unchanged: recorded when its times were settled, and every part of the stamp that keeps agrees.</summary>
    public bool TryGetTrusted(string path, in FileStat stat, out IndexEntry entry) =>
        TryGet(path, out entry) && entry.Settled && stat.Has(entry.Stamp);

    /// <summary>
    /// The same for <c>status</c>, which destroys nothing: also accepts a read-only file with several names whose change time alone moved, as it
    /// does whenever another workspace links to the same object of the cache.
    /// </summary>
    public bool TryGetUnchanged(string path, in FileStat stat, out IndexEntry entry)
    {
        if (!TryGet(path, out entry) || !entry.Settled)
            return false;
        bool linkedObject = stat is { Type: FileType.File, IsReadOnly: true, Links: > 1 };
        return stat.Has(entry.Stamp, ignoreChangeTime: linkedObject);
    }

    /// <summary>What is remembered of a path, whether or not the file is still the same.</summary>
    public bool TryGet(string path, out IndexEntry entry)
    {
        bool found = Table.TryGet(KeyOf(path), out IndexRecord record);
        entry = found ? record.ToEntry() : default;
        return found;
    }

    /// <summary>Remembers a file.</summary>
    public void Set(string path, IndexEntry entry) => Table.Set(IndexRecord.From(KeyOf(path), entry));

    /// <summary>Forgets a file.</summary>
    public void Remove(string path) => Table.Set(IndexRecord.Removed(KeyOf(path)));

    /// <summary>Writes what changed since loading, keeping what other processes saved meanwhile.</summary>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    /// <exception cref="LockedException">Another process is writing it, for too long.</exception>
    public void Save()
    {
        if (_lazyTable.IsValueCreated)
            Table.Save();
    }

    private UInt128 KeyOf(string path) => PathKey.Of(path, Seed);
}
