using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DataVersion.Hashing;
using DataVersion.Indexing;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>An <see cref="IndexEntry"/> as it lies in the index's file. A change here needs a new number in <see cref="FileIndex"/>.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct IndexRecord : ITableRecord
{
    private const byte SettledFlag = 1, RemovedFlag = 2;

    private UInt128 _key;
    private UInt128 _fingerprint;
    private long _size;
    private long _modifiedNs;
    private long _changedNs;
    private ulong _inode;
    private Digest _id;
    private Digest _blocks;
    private HashKind _idKind;
    private HashKind _blocksKind;
    private byte _flags;

    public readonly UInt128 Key => _key;

    public readonly bool IsRemoved => (_flags & RemovedFlag) != 0;

    public static IndexRecord Removed(UInt128 key) => new() { _key = key, _flags = RemovedFlag };

    public static IndexRecord From(UInt128 key, in IndexEntry entry)
    {
        var record = new IndexRecord
        {
            _key = key,
            _fingerprint = entry.Fingerprint.Value,
            _size = entry.Stamp.Size,
            _modifiedNs = entry.Stamp.ModifiedNs,
            _changedNs = entry.Stamp.ChangedNs,
            _inode = entry.Stamp.Inode,
            _idKind = entry.Id.Kind,
            _blocksKind = entry.BlocksId.Kind,
            _flags = entry.Settled ? SettledFlag : (byte)0,
        };
        entry.Id.Digest.CopyTo(record._id);
        entry.BlocksId.Digest.CopyTo(record._blocks);
        return record;
    }

    public readonly IndexEntry ToEntry() => new(
        new FileStamp(_size, _modifiedNs, _changedNs, _inode),
        ToId(_idKind, _id),
        ToId(_blocksKind, _blocks),
        new Fingerprint(_fingerprint),
        (_flags & SettledFlag) != 0);

    private static ObjectId ToId(HashKind kind, Digest digest) =>
        kind == 0 ? default : new ObjectId(kind, ((ReadOnlySpan<byte>)digest)[..kind.DigestLength()]);

    [InlineArray(32)]
    private struct Digest
    {
        private byte _first;
    }
}
