using System.Runtime.InteropServices;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>
/// The functions of DuckDB's C API (duckdb.h of 1.5, https://duckdb.org/docs/stable/clients/c/api) that are used here: databases, connections and settings.
/// Streaming results alone are marked there as "to be removed"; nothing has taken their place yet.
/// </summary>
internal static partial class DuckNative
{
    private const string Library = "duckdb";

    /// <summary>What a call returns: duckdb_state.</summary>
    internal const int Success = 0;

    [LibraryImport(Library, EntryPoint = "duckdb_library_version")]
    internal static partial nint LibraryVersion();

    [LibraryImport(Library, EntryPoint = "duckdb_free")]
    internal static partial void Free(nint memory);

    [LibraryImport(Library, EntryPoint = "duckdb_create_config")]
    internal static partial int CreateConfig(out DuckConfigHandle config);

    [LibraryImport(Library, EntryPoint = "duckdb_set_config", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SetConfig(DuckConfigHandle config, string name, string value);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_config")]
    internal static partial void DestroyConfig(ref nint config);

    [LibraryImport(Library, EntryPoint = "duckdb_open_ext", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string? path, out DuckDatabaseHandle database, DuckConfigHandle config, out nint error);

    [LibraryImport(Library, EntryPoint = "duckdb_close")]
    internal static partial void Close(ref nint database);

    [LibraryImport(Library, EntryPoint = "duckdb_connect")]
    internal static partial int Connect(DuckDatabaseHandle database, out DuckConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "duckdb_interrupt")]
    internal static partial void Interrupt(DuckConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "duckdb_disconnect")]
    internal static partial void Disconnect(ref nint connection);

    /// <summary>A text that belongs to DuckDB.</summary>
    internal static string TextOf(nint text) => Marshal.PtrToStringUTF8(text) ?? "";

    /// <summary>A text that is handed to us, and freed.</summary>
    internal static string TakeText(nint text)
    {
        string taken = TextOf(text);
        if (text != 0)
            Free(text);
        return taken;
    }
}
