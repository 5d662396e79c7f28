using System.Runtime.InteropServices;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>A <c>duckdb_database</c>.</summary>
internal sealed class DuckDbDatabaseHandle : SafeHandle
{
    internal DuckDbDatabaseHandle(nint database)
        : base(0, ownsHandle: true) => SetHandle(database);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        DuckDbNative.Close(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_connection</c>. It keeps its database open by itself.</summary>
internal sealed class DuckDbConnectionHandle : SafeHandle
{
    internal DuckDbConnectionHandle(nint connection)
        : base(0, ownsHandle: true) => SetHandle(connection);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        DuckDbNative.Disconnect(ref handle);
        return true;
    }
}
