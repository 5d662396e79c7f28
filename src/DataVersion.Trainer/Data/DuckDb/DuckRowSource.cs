using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>Rows that are made here and read by SQL: <c>SELECT * FROM name()</c>. Asked by one thread at a time, in order.</summary>
internal abstract unsafe class DuckRowSource
{
    internal abstract IReadOnlyList<DuckColumn> Columns { get; }

    /// <summary>What went wrong in here; SQL then failed because of it.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Makes the next rows, at most as many as there is room for, and returns how many; 0 after the last.</summary>
    internal abstract int Fill(DuckOutput output);

    /// <summary>Makes the rows known under a name. They can be read once.</summary>
    /// <exception cref="DuckException">The name is taken.</exception>
    internal void Register(DuckConnection connection, string name)
    {
        nint function = DuckNative.CreateTableFunction();
        DuckNative.SetTableFunctionName(function, name);
        DuckNative.SetTableFunctionExtra(function, GCHandle.ToIntPtr(GCHandle.Alloc(this)), &Free);
        DuckNative.SetTableFunctionBind(function, &Bind);
        DuckNative.SetTableFunctionInit(function, &Begin);
        DuckNative.SetTableFunctionBody(function, &FillChunk);
        int state = DuckNative.RegisterTableFunction(connection.Handle, function);
        DuckNative.DestroyTableFunction(ref function);
        if (state != DuckNative.Success)
            throw new DuckException($"the function {name} cannot be registered");
    }

    private static DuckRowSource From(nint extra) => (DuckRowSource)GCHandle.FromIntPtr(extra).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint extra) => GCHandle.FromIntPtr(extra).Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        foreach (DuckColumn column in From(DuckNative.BindExtra(info)).Columns)
        {
            using DuckTypeHandle type = DuckNative.CreateType(column.Type);
            DuckNative.BindColumn(info, column.Name, type);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Begin(nint info) => DuckNative.SetMaxThreads(info, 1);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FillChunk(nint info, nint chunk)
    {
        DuckRowSource source = From(DuckNative.FunctionExtra(info));
        try
        {
            DuckNative.SetChunkSize(chunk, (ulong)source.Fill(new DuckOutput(chunk)));
        }
        catch (Exception e)
        {
            // No exception may pass through DuckDB's frames.
            source.Failure = e;
            DuckNative.SetFunctionError(info, e.Message);
        }
    }
}

/// <summary>A chunk that is filled.</summary>
internal readonly unsafe ref struct DuckOutput(nint chunk)
{
    /// <summary>How many rows there is room for.</summary>
    internal static int Room { get; } = (int)DuckNative.VectorSize();

    /// <summary>The values of a column of a fixed size.</summary>
    internal Span<T> Values<T>(int column)
        where T : unmanaged => new((void*)DuckNative.VectorData(Vector(column)), Room);

    internal void SetText(int column, int row, ReadOnlySpan<byte> utf8)
    {
        fixed (byte* first = utf8)
            DuckNative.AssignText(Vector(column), (ulong)row, first, (ulong)utf8.Length);
    }

    internal void SetMissing(int column, int row)
    {
        nint vector = Vector(column);
        DuckNative.MakeValidityWritable(vector);
        ((ulong*)DuckNative.VectorValidity(vector))[row >> 6] &= ~(1UL << (row & 63));
    }

    private nint Vector(int column) => DuckNative.ChunkVector(chunk, (ulong)column);
}
