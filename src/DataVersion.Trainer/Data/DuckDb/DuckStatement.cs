using System.Text;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>A prepared statement. Parameters are counted from 1.</summary>
internal sealed class DuckStatement(DuckStatementHandle handle) : IDisposable
{
    internal DuckStatement Bind(int index, string value)
    {
        using DuckValueHandle text = TextValue(value);
        return Bind(index, text);
    }

    internal DuckStatement Bind(int index, long value)
    {
        Check(DuckNative.BindInt64(handle, (ulong)index, value), index);
        return this;
    }

    /// <summary>Binds a list of texts.</summary>
    internal unsafe DuckStatement Bind(int index, IReadOnlyList<string> values)
    {
        DuckValueHandle[] texts = [.. values.Select(TextValue)];
        try
        {
            nint[] pointers = [.. texts.Select(t => t.DangerousGetHandle())];
            using DuckTypeHandle type = DuckNative.CreateType(DuckType.Varchar);
            fixed (nint* first = pointers)
            {
                using DuckValueHandle list = DuckNative.CreateList(type, first, (ulong)pointers.Length);
                return Bind(index, list);
            }
        }
        finally
        {
            foreach (DuckValueHandle text in texts)
                text.Dispose();
        }
    }

    /// <summary>Runs it; the rows are made while they are fetched.</summary>
    /// <exception cref="DuckException">It fails before its first row.</exception>
    internal DuckResult Execute()
    {
        int state = DuckNative.PendingStreaming(handle, out DuckPendingHandle pending);
        using (pending)
        {
            if (state != DuckNative.Success)
                throw new DuckException(DuckNative.TextOf(DuckNative.PendingError(pending)));
            state = DuckNative.ExecutePending(pending, out DuckRawResult raw);
            if (state == DuckNative.Success)
                return new DuckResult(raw);
            string problem = DuckNative.TextOf(DuckNative.ResultError(ref raw));
            DuckNative.DestroyResult(ref raw);
            throw new DuckException(problem.Length > 0 ? problem : DuckNative.TextOf(DuckNative.PendingError(pending)));
        }
    }

    public void Dispose() => handle.Dispose();

    private DuckStatement Bind(int index, DuckValueHandle value)
    {
        Check(DuckNative.BindValue(handle, (ulong)index, value), index);
        return this;
    }

    private static unsafe DuckValueHandle TextValue(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        // A pinned empty array is a null pointer, which DuckDB would follow.
        byte none = 0;
        fixed (byte* first = bytes)
            return DuckNative.CreateText(bytes.Length == 0 ? &none : first, (ulong)bytes.Length);
    }

    private static void Check(int state, int index)
    {
        if (state != DuckNative.Success)
            throw new DuckException($"parameter {index} cannot be bound");
    }
}
