using System.Runtime.InteropServices;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>Prepared statements, their parameters, and values.</summary>
internal static partial class DuckNative
{
    [LibraryImport(Library, EntryPoint = "duckdb_prepare", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Prepare(DuckConnectionHandle connection, string sql, out DuckStatementHandle statement);

    [LibraryImport(Library, EntryPoint = "duckdb_prepare_error")]
    internal static partial nint PrepareError(DuckStatementHandle statement);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_prepare")]
    internal static partial void DestroyPrepare(ref nint statement);

    [LibraryImport(Library, EntryPoint = "duckdb_bind_value")]
    internal static partial int BindValue(DuckStatementHandle statement, ulong index, DuckValueHandle value);

    [LibraryImport(Library, EntryPoint = "duckdb_bind_int64")]
    internal static partial int BindInt64(DuckStatementHandle statement, ulong index, long value);

    [LibraryImport(Library, EntryPoint = "duckdb_create_varchar_length")]
    internal static unsafe partial DuckValueHandle CreateText(byte* text, ulong length);

    [LibraryImport(Library, EntryPoint = "duckdb_create_list_value")]
    internal static unsafe partial DuckValueHandle CreateList(DuckTypeHandle type, nint* values, ulong count);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_value")]
    internal static partial void DestroyValue(ref nint value);

    [LibraryImport(Library, EntryPoint = "duckdb_pending_prepared_streaming")]
    internal static partial int PendingStreaming(DuckStatementHandle statement, out DuckPendingHandle pending);

    [LibraryImport(Library, EntryPoint = "duckdb_pending_error")]
    internal static partial nint PendingError(DuckPendingHandle pending);

    [LibraryImport(Library, EntryPoint = "duckdb_execute_pending")]
    internal static partial int ExecutePending(DuckPendingHandle pending, out DuckRawResult result);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_pending")]
    internal static partial void DestroyPending(ref nint pending);
}
