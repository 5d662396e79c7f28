using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using DataVersion.Indexing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>
/// Which objects of the cache this workspace has seen hash to their names, and the stat that they had then. Rebuildable: what is not
/// remembered is hashed again on first use. All members may be called from many threads.
/// </summary>
public sealed class VerifiedObjects
{
    // "DVTRUST" and the version of the record's layout.
    private const ulong Magic = 0x01_54_53_55_52_54_56_44;

    private readonly Lazy<RecordTable<Record>> _lazyTable;

    // Of the folder that is meant; none for the repository's own cache.
    private readonly UInt128? _place;

    private VerifiedObjects(Lazy<RecordTable<Record>> table, UInt128? place) => (_lazyTable, _place) = (table, place);

    /// <summary>Opens the memory in a file, which need not exist; it is read when it is first asked.</summary>
    public static VerifiedObjects Load(string file) => new(new(() => new RecordTable<Record>(file, Magic)), null);

    /// <summary>The same memory for another folder of objects: what is known of an object here says nothing of one of the same name there.</summary>
    /// <param name="place">Tells the folder from all others, as its path does.</param>
    public VerifiedObjects At(string place) => new(_lazyTable, XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(place)));

    private RecordTable<Record> Table => _lazyTable.Value;

    /// <summary>True if the object was verified and its size, times and inode are still as they were, as far as the file system keeps them.</summary>
    public bool IsTrusted(ObjectKey key, in FileStat stat) =>
        Table.TryGet(KeyOf(key), out Record record) && stat.Has(record.Stamp);

    /// <summary>
    /// Remembers that an object's bytes were checked while it had this stat. The caller vouches that the modification time was settled: that
    /// any later write gives the file another one.
    /// </summary>
    public void Remember(ObjectKey key, in FileStat stat) => Table.Set(new Record { Key = KeyOf(key), Stamp = stat.Stamp });

    /// <summary>Forgets an object.</summary>
    public void Forget(ObjectKey key) => Table.Set(new Record { Key = KeyOf(key), IsRemoved = true });

    /// <summary>Writes what changed since loading, keeping what other processes saved meanwhile.</summary>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    public void Save()
    {
        if (_lazyTable.IsValueCreated)
            Table.Save();
    }

    private UInt128 KeyOf(ObjectKey key)
    {
        ReadOnlySpan<byte> digest = key.Id.Digest;
        Span<byte> bytes = stackalloc byte[2 + 32 + 16];
        bytes[0] = (byte)key.Kind;
        bytes[1] = (byte)key.Id.Kind;
        digest.CopyTo(bytes[2..]);
        int length = 2 + digest.Length;
        if (_place is { } place)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(bytes[length..], place);
            length += 16;
        }
        return XxHash128.HashToUInt128(bytes[..length], unchecked((long)Table.Seed));
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Record : ITableRecord
    {
        public UInt128 Key { get; set; }

        public FileStamp Stamp { get; set; }

        private byte _removed;

        public bool IsRemoved
        {
            readonly get => _removed != 0;
            set => _removed = value ? (byte)1 : (byte)0;
        }
    }
}
