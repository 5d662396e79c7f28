namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>Runs statements, one at a time.</summary>
internal sealed class DuckConnection(DuckConnectionHandle handle) : IDisposable
{
    internal DuckConnectionHandle Handle { get; } = handle;

    /// <summary>Prepares a statement.</summary>
    /// <exception cref="DuckException">It is wrong, or names what is not there.</exception>
    internal DuckStatement Prepare(string sql)
    {
        int state = DuckNative.Prepare(Handle, sql, out DuckStatementHandle statement);
        if (state == DuckNative.Success)
            return new DuckStatement(statement);
        using (statement)
            throw new DuckException(DuckNative.TextOf(DuckNative.PrepareError(statement)));
    }

    /// <summary>Runs a statement of which nothing is read.</summary>
    /// <exception cref="DuckException">It fails.</exception>
    internal void Execute(string sql)
    {
        using DuckStatement statement = Prepare(sql);
        using DuckResult result = statement.Execute();
        while (result.TryFetch() is { } chunk)
            chunk.Dispose();
    }

    /// <summary>Stops what runs, from any thread: it then fails. Does nothing where nothing runs.</summary>
    internal void Interrupt() => DuckNative.Interrupt(Handle);

    public void Dispose() => Handle.Dispose();
}
