namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>The rows of a statement, in chunks of at most 2,048. Its connection runs nothing else meanwhile.</summary>
internal sealed class DuckResult : IDisposable
{
    private DuckRawResult _raw;
    private bool _disposed;

    internal DuckResult(DuckRawResult raw)
    {
        _raw = raw;
        Columns = [.. Enumerable.Range(0, (int)DuckNative.ColumnCount(ref raw)).Select(i => new DuckColumn(NameOf(i), DuckNative.ColumnType(ref _raw, (ulong)i)))];
    }

    ~DuckResult() => Destroy();

    internal IReadOnlyList<DuckColumn> Columns { get; }

    /// <summary>The next chunk, never empty; null after the last.</summary>
    /// <exception cref="DuckException">A row cannot be made, or the statement was interrupted.</exception>
    internal DuckChunk? TryFetch()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (true)
        {
            DuckChunkHandle chunk = DuckNative.FetchChunk(_raw);
            if (chunk.IsInvalid)
            {
                chunk.Dispose();
                string error = DuckNative.TextOf(DuckNative.ResultError(ref _raw));
                return error.Length == 0 ? null : throw new DuckException(error);
            }
            int rows = (int)DuckNative.ChunkSize(chunk);
            if (rows > 0)
                return new DuckChunk(chunk, rows);
            chunk.Dispose();
        }
    }

    public void Dispose()
    {
        Destroy();
        GC.SuppressFinalize(this);
    }

    private string NameOf(int column) => DuckNative.TextOf(DuckNative.ColumnName(ref _raw, (ulong)column));

    private void Destroy()
    {
        if (!_disposed)
            DuckNative.DestroyResult(ref _raw);
        _disposed = true;
    }
}

/// <summary>A column of a result.</summary>
internal readonly record struct DuckColumn(string Name, DuckType Type);
