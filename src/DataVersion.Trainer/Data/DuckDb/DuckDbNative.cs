using System.Runtime.InteropServices;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>
/// DuckDB's C API, its stable part (duckdb.h of 1.5). The library is <c>libduckdb.so</c>, <c>libduckdb.dylib</c> or <c>duckdb.dll</c>, out of
/// the package DuckDB.NET.Bindings.Full. A <c>duckdb_state</c> is 0 for success, 1 for an error.
/// </summary>
internal static unsafe partial class DuckDbNative
{
    internal const int Success = 0;

    private const string Library = "duckdb";

    /// <summary>The text is static: never freed.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_library_version")]
    internal static partial byte* LibraryVersion();

    /// <summary>A null path is a database in memory. Of an error the text is to be freed with <see cref="Free"/>.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_open_ext", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenExt(string? path, out nint database, nint config, out byte* error);

    [LibraryImport(Library, EntryPoint = "duckdb_close")]
    internal static partial void Close(ref nint database);

    [LibraryImport(Library, EntryPoint = "duckdb_connect")]
    internal static partial int Connect(DuckDbDatabaseHandle database, out nint connection);

    [LibraryImport(Library, EntryPoint = "duckdb_disconnect")]
    internal static partial void Disconnect(ref nint connection);

    /// <summary>The result is to be destroyed also where this failed: it holds the error.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_query", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Query(DuckDbConnectionHandle connection, string query, out DuckDbRawResult result);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_result")]
    internal static partial void DestroyResult(ref DuckDbRawResult result);

    /// <summary>The text belongs to the result; null where there was no error.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_result_error")]
    internal static partial byte* ResultError(ref DuckDbRawResult result);

    /// <summary>The next chunk of rows, to be destroyed by the caller; zero after the last one.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_fetch_chunk")]
    internal static partial nint FetchChunk(DuckDbRawResult result);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_data_chunk")]
    internal static partial void DestroyDataChunk(ref nint chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_size")]
    internal static partial ulong DataChunkGetSize(nint chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_vector")]
    internal static partial nint DataChunkGetVector(nint chunk, ulong column);

    /// <summary>The values, one after the other; valid while the chunk lives.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_vector_get_data")]
    internal static partial void* VectorGetData(nint vector);

    /// <summary>Bit n % 64 of word n / 64 is set where row n has a value; null where all have.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_vector_get_validity")]
    internal static partial ulong* VectorGetValidity(nint vector);

    [LibraryImport(Library, EntryPoint = "duckdb_free")]
    internal static partial void Free(void* memory);
}

/// <summary><c>duckdb_result</c>: 48 bytes, all but the last one out of use.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DuckDbRawResult
{
    internal ulong DeprecatedColumnCount;
    internal ulong DeprecatedRowCount;
    internal ulong DeprecatedRowsChanged;
    internal nint DeprecatedColumns;
    internal nint DeprecatedErrorMessage;
    internal nint InternalData;
}
