using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Indexing;

/// <summary>
/// The bytes of a table: a header of 64 bytes, then records in the order of their keys, then XXH128 of all that. In the byte order of the
/// machine: such a file is rebuildable memory and never leaves it. Whatever does not read as this version of this table is not there.
/// </summary>
internal static class TableFile
{
    private const int RecordsAtOnce = 4096;

    /// <summary>Reads a table; null where there is none that can be used.</summary>
    public static Contents<TRecord>? Read<TRecord>(string file, ulong magic) where TRecord : unmanaged
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(handle);
            var header = default(Header);
            if (!ReadAll(handle, AsBytes(ref header), 0) || header.Magic != magic || header.RecordSize != Unsafe.SizeOf<TRecord>()
                || header.Count < 0 || header.Count > Array.MaxLength || length != Unsafe.SizeOf<Header>() + header.Count * header.RecordSize + 16)
                return null;
            TRecord[] records = GC.AllocateUninitializedArray<TRecord>((int)header.Count);
            return ReadRecords(handle, records, header) ? new Contents<TRecord>(header.Seed, header.Generation, records) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads only which writing of the table this is; 0 where there is none.</summary>
    public static UInt128 ReadGeneration(string file)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var header = default(Header);
            return ReadAll(handle, AsBytes(ref header), 0) ? header.Generation : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Writes records, which come in the order of their keys. The caller has made <paramref name="path"/> a temporary name.</summary>
    public static UInt128 Write<TRecord>(string path, ulong magic, ulong seed, long count, IEnumerable<TRecord> records) where TRecord : unmanaged
    {
        var header = new Header
        {
            Magic = magic,
            RecordSize = Unsafe.SizeOf<TRecord>(),
            Count = count,
            Seed = seed,
            Generation = MemoryMarshal.Read<UInt128>(RandomNumberGenerator.GetBytes(16)),
        };
        var hash = new XxHash128();
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        Put(AsBytes(ref header));
        foreach (TRecord record in records)
        {
            TRecord copy = record;
            Put(AsBytes(ref copy));
        }
        stream.Write(hash.GetCurrentHash());
        return header.Generation;

        void Put(ReadOnlySpan<byte> bytes)
        {
            hash.Append(bytes);
            stream.Write(bytes);
        }
    }

    private static bool ReadRecords<TRecord>(SafeFileHandle handle, TRecord[] records, Header header) where TRecord : unmanaged
    {
        var hash = new XxHash128();
        hash.Append(AsBytes(ref header));
        long offset = Unsafe.SizeOf<Header>();
        for (int done = 0; done < records.Length; done += RecordsAtOnce)
        {
            Span<byte> part = MemoryMarshal.AsBytes(records.AsSpan(done, Math.Min(RecordsAtOnce, records.Length - done)));
            if (!ReadAll(handle, part, offset))
                return false;
            hash.Append(part);
            offset += part.Length;
        }
        Span<byte> expected = stackalloc byte[16];
        return ReadAll(handle, expected, offset) && hash.GetCurrentHash().AsSpan().SequenceEqual(expected);
    }

    private static bool ReadAll(SafeFileHandle handle, Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            int read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
                return false;
            buffer = buffer[read..];
            offset += read;
        }
        return true;
    }

    private static Span<byte> AsBytes<T>(ref T value) where T : unmanaged => MemoryMarshal.AsBytes(new Span<T>(ref value));

    /// <summary>What a table file holds.</summary>
    internal sealed record Contents<TRecord>(ulong Seed, UInt128 Generation, TRecord[] Records);

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 64)]
    private struct Header
    {
        public ulong Magic;
        public int RecordSize;
        public long Count;
        public ulong Seed;
        public UInt128 Generation;
    }
}
