using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DataVersion.Platform;

namespace DataVersion.Indexing;

/// <summary>
/// A rebuildable table in a file, shared by processes: what was loaded stays a sorted array, what changed lies beside it, and saving merges the
/// changes into whatever the file holds by then. No object per record; a million records load in a fraction of a second.
/// </summary>
internal sealed class RecordTable<TRecord> where TRecord : unmanaged, ITableRecord
{
    private const int ChunkSize = 4096;
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(30);

    private readonly string _file;
    private readonly ulong _magic;
    private readonly Lock _gate = new();
    private readonly List<TRecord[]> _chunks = [];
    private readonly Dictionary<UInt128, int> _changed = [];
    private TRecord[] _loaded;
    private int[] _buckets;
    private UInt128 _generation;

    /// <summary>Loads a table. Where there is none, an empty one is written, so that processes that begin at once agree on its seed.</summary>
    public RecordTable(string file, ulong magic)
    {
        _file = file;
        _magic = magic;
        TableFile.Contents<TRecord> contents = TableFile.Read<TRecord>(file, magic) ?? CreateEmpty();
        Seed = contents.Seed;
        Take(contents.Records, contents.Generation);
    }

    /// <summary>The random number that all hashes of this table begin with.</summary>
    public ulong Seed { get; }

    /// <summary>Looks a key up.</summary>
    public bool TryGet(UInt128 key, out TRecord record)
    {
        lock (_gate)
        {
            if (_changed.TryGetValue(key, out int index))
            {
                record = _chunks[index / ChunkSize][index % ChunkSize];
                return !record.IsRemoved;
            }
            return TryGetLoaded(key, out record);
        }
    }

    /// <summary>Remembers a record, or with <see cref="ITableRecord.IsRemoved"/> that its key is gone.</summary>
    public void Set(in TRecord record)
    {
        lock (_gate)
        {
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_changed, record.Key, out bool known);
            if (!known)
            {
                index = _changed.Count - 1;
                if (index % ChunkSize == 0)
                    _chunks.Add(new TRecord[ChunkSize]);
            }
            _chunks[index / ChunkSize][index % ChunkSize] = record;
        }
    }

    /// <summary>Writes what changed, over what other processes have saved meanwhile.</summary>
    /// <exception cref="FileAccessException">It cannot be written; nothing is lost but memory that can be rebuilt.</exception>
    public void Save()
    {
        lock (_gate)
        {
            if (_changed.Count == 0)
                return;
            Guard(() =>
            {
                using FileLock held = FileLock.AcquireExclusive(_file + ".lock", LockWait, CancellationToken.None);
                // A table that another process began anew has other hashes: ours replaces it.
                if (TableFile.ReadGeneration(_file) != _generation && TableFile.Read<TRecord>(_file, _magic) is { } newer && newer.Seed == Seed)
                    Take(newer.Records, newer.Generation);
                TRecord[] changes = SortedChanges();
                Replace(Count(changes), Merge(changes));
            });
            _chunks.Clear();
            _changed.Clear();
            if (TableFile.Read<TRecord>(_file, _magic) is { } saved && saved.Seed == Seed)
                Take(saved.Records, saved.Generation);
        }
    }

    private TableFile.Contents<TRecord> CreateEmpty()
    {
        ulong seed = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(8));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_file))!);
            using FileLock held = FileLock.AcquireExclusive(_file + ".lock", LockWait, CancellationToken.None);
            if (TableFile.Read<TRecord>(_file, _magic) is { } another)
                return another;
            return new(seed, Replace(seed, 0, []), []);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error) || error is FileAccessException)
        {
            // A read-only repository: the table lives as long as this process.
            return new(seed, 0, []);
        }
    }

    private void Replace(long count, IEnumerable<TRecord> records) => _generation = Replace(Seed, count, records);

    private UInt128 Replace(ulong seed, long count, IEnumerable<TRecord> records)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(_file))!;
        string temp = Path.Combine(directory, TempNames.Create("table"));
        try
        {
            UInt128 generation = TableFile.Write(temp, _magic, seed, count, records);
            File.Move(temp, _file, overwrite: true);
            return generation;
        }
        catch
        {
            File.Delete(temp);
            throw;
        }
    }

    private TRecord[] SortedChanges()
    {
        var changes = new TRecord[_changed.Count];
        for (int i = 0; i < changes.Length; i++)
            changes[i] = _chunks[i / ChunkSize][i % ChunkSize];
        Array.Sort(changes, static (a, b) => a.Key.CompareTo(b.Key));
        return changes;
    }

    private long Count(TRecord[] changes)
    {
        long count = _loaded.Length;
        foreach (TRecord change in changes)
            count += (change.IsRemoved ? 0 : 1) - (TryGetLoaded(change.Key, out _) ? 1 : 0);
        return count;
    }

    private IEnumerable<TRecord> Merge(TRecord[] changes)
    {
        int next = 0;
        foreach (TRecord record in _loaded)
        {
            for (; next < changes.Length && changes[next].Key < record.Key; next++)
            {
                if (!changes[next].IsRemoved)
                    yield return changes[next];
            }
            if (next >= changes.Length || changes[next].Key != record.Key)
                yield return record;
        }
        for (; next < changes.Length; next++)
        {
            if (!changes[next].IsRemoved)
                yield return changes[next];
        }
    }

    // Keys are hashes, evenly spread: their leading bits say where to look, to within a few records.
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_loaded), nameof(_buckets))]
    private void Take(TRecord[] records, UInt128 generation)
    {
        int bits = Math.Max(1, BitOperations.Log2((uint)records.Length / 4 + 1));
        var buckets = new int[(1 << bits) + 1];
        foreach (ref readonly TRecord record in records.AsSpan())
            buckets[(int)(record.Key >> (128 - bits)) + 1]++;
        for (int i = 1; i < buckets.Length; i++)
            buckets[i] += buckets[i - 1];
        (_loaded, _buckets, _generation) = (records, buckets, generation);
    }

    private bool TryGetLoaded(UInt128 key, out TRecord record)
    {
        int bucket = (int)(key >> (128 - BitOperations.Log2((uint)_buckets.Length - 1)));
        for (int i = _buckets[bucket]; i < _buckets[bucket + 1]; i++)
        {
            if (_loaded[i].Key == key)
            {
                record = _loaded[i];
                return true;
            }
        }
        record = default;
        return false;
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(_file, error);
        }
    }
}
