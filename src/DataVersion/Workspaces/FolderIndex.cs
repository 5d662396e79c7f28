using System.Runtime.InteropServices;
using DataVersion.Hashing;
using DataVersion.Indexing;
using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>What is remembered of a folder.</summary>
/// <param name="Listing">The digest of all names and stats in and below it, as <see cref="ListingDigest"/> makes it.</param>
/// <param name="Id">The tree that it held then.</param>
/// <param name="Size">Bytes of all files below it.</param>
/// <param name="Files">Number of files and links below it.</param>
/// <param name="CacheState">What the cache looked like when it was seen to hold all of that tree; 0 where it was not.</param>
public readonly record struct FolderEntry(UInt128 Listing, ObjectId Id, long Size, long Files, UInt128 CacheState);

/// <summary>
/// Rebuildable memory of which folder held which tree, beside <see cref="FileIndex"/>: one entry answers for a whole folder in which nothing was
/// touched. An entry is written only where every file below was answered for by the index, so it is as good as those answers together.
/// </summary>
public sealed class FolderIndex
{
    // "DVFOLDR" and the version of the record's layout.
    private const ulong Magic = 0x01_52_44_4C_4F_46_56_44;

    private readonly Lazy<RecordTable<Record>> _lazyTable;

    private FolderIndex(string file) => _lazyTable = new(() => new RecordTable<Record>(file, Magic));

    private RecordTable<Record> Table => _lazyTable.Value;

    /// <summary>The random seed of this index's digests.</summary>
    public ulong Seed => Table.Seed;

    /// <summary>Opens the index in a file, which need not exist; it is read when it is first asked.</summary>
    public static FolderIndex Load(string file) => new(file);

    /// <summary>What is remembered of a folder, if its listing is still the same.</summary>
    public bool TryGet(string path, UInt128 listing, out FolderEntry entry)
    {
        bool found = Table.TryGet(PathKey.Of(path, Seed), out Record record) && record.Listing == listing;
        entry = found ? new FolderEntry(record.Listing, record.Id, record.Size, record.Files, record.CacheState) : default;
        return found;
    }

    /// <summary>Remembers a folder.</summary>
    public void Set(string path, in FolderEntry entry) => Table.Set(new Record
    {
        Key = PathKey.Of(path, Seed),
        Listing = entry.Listing,
        CacheState = entry.CacheState,
        Size = entry.Size,
        Files = entry.Files,
        Id = entry.Id,
    });

    /// <summary>Writes what changed since loading, keeping what other processes saved meanwhile.</summary>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    /// <exception cref="LockedException">Another process is writing it, for too long.</exception>
    public void Save()
    {
        if (_lazyTable.IsValueCreated)
            Table.Save();
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Record : ITableRecord
    {
        public UInt128 Key { get; set; }

        public UInt128 Listing { get; set; }

        public UInt128 CacheState { get; set; }

        public long Size { get; set; }

        public long Files { get; set; }

        public ObjectId Id { get; set; }

        public readonly bool IsRemoved => false;
    }
}
