using System.Runtime.InteropServices;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>A database in memory and the one connection to it. Not for several threads at once.</summary>
internal sealed unsafe class DuckDbConnection : IDisposable
{
    private readonly DuckDbDatabaseHandle _database;
    private readonly DuckDbConnectionHandle _connection;

    private DuckDbConnection(DuckDbDatabaseHandle database, DuckDbConnectionHandle connection) => (_database, _connection) = (database, connection);

    /// <summary>The version of the C library, as <c>v1.5.6</c>.</summary>
    internal static string LibraryVersion => Text(DuckDbNative.LibraryVersion());

    /// <exception cref="DuckDbException">The database cannot be opened.</exception>
    internal static DuckDbConnection OpenInMemory()
    {
        if (DuckDbNative.OpenExt(null, out nint rawDatabase, 0, out byte* error) != DuckDbNative.Success)
        {
            string problem = Text(error);
            DuckDbNative.Free(error);
            throw new DuckDbException(problem);
        }
        var database = new DuckDbDatabaseHandle(rawDatabase);
        if (DuckDbNative.Connect(database, out nint rawConnection) == DuckDbNative.Success)
            return new DuckDbConnection(database, new DuckDbConnectionHandle(rawConnection));
        database.Dispose();
        throw new DuckDbException("no connection to the database in memory");
    }

    /// <summary>The first value of a query whose first column is a <c>bigint</c>; null where that is NULL or there is no row.</summary>
    /// <exception cref="DuckDbException">The query is refused, or fails.</exception>
    internal long? QueryInt64(string sql)
    {
        int state = DuckDbNative.Query(_connection, sql, out DuckDbRawResult result);
        nint chunk = 0;
        try
        {
            if (state != DuckDbNative.Success)
                throw new DuckDbException(Text(DuckDbNative.ResultError(ref result)));
            chunk = DuckDbNative.FetchChunk(result);
            if (chunk == 0 || DuckDbNative.DataChunkGetSize(chunk) == 0)
                return null;
            nint vector = DuckDbNative.DataChunkGetVector(chunk, 0);
            ulong* validity = DuckDbNative.VectorGetValidity(vector);
            return validity is not null && (*validity & 1) == 0 ? null : *(long*)DuckDbNative.VectorGetData(vector);
        }
        finally
        {
            if (chunk != 0)
                DuckDbNative.DestroyDataChunk(ref chunk);
            DuckDbNative.DestroyResult(ref result);
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "no reason given";
}
