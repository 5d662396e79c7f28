using System.Runtime.InteropServices;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>Something of DuckDB's that is to be given back.</summary>
internal abstract class DuckHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    /// <summary>Gives it back.</summary>
    protected abstract void Release(ref nint held);

    protected override bool ReleaseHandle()
    {
        nint held = handle;
        Release(ref held);
        return true;
    }
}

internal sealed class DuckConfigHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.DestroyConfig(ref held);
}

internal sealed class DuckDatabaseHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.Close(ref held);
}

internal sealed class DuckConnectionHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.Disconnect(ref held);
}

internal sealed class DuckStatementHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.DestroyPrepare(ref held);
}

internal sealed class DuckPendingHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.DestroyPending(ref held);
}

internal sealed class DuckValueHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.DestroyValue(ref held);
}

internal sealed class DuckTypeHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.DestroyType(ref held);
}

internal sealed class DuckChunkHandle : DuckHandle
{
    protected override void Release(ref nint held) => DuckNative.DestroyChunk(ref held);
}
