using System.Globalization;

namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>A database in memory, that reads files: nothing is loaded, installed or fetched by it. Safe for threads; a connection is not.</summary>
internal sealed class DuckDatabase : IDisposable
{
    private readonly DuckDatabaseHandle _handle;

    private DuckDatabase(DuckDatabaseHandle handle) => _handle = handle;

    /// <summary>Opens one.</summary>
    /// <exception cref="DuckException">The library refuses a setting.</exception>
    internal static DuckDatabase Open(DuckSettings settings)
    {
        DuckConfigHandle config = Created(DuckNative.CreateConfig(out DuckConfigHandle made), made);
        using (config)
        {
            foreach ((string name, string value) in settings.ToPairs())
            {
                if (DuckNative.SetConfig(config, name, value) != DuckNative.Success)
                    throw new DuckException($"DuckDB does not know the setting {name}={value}");
            }
            int state = DuckNative.Open(null, out DuckDatabaseHandle database, config, out nint error);
            string problem = DuckNative.TakeText(error);
            if (state == DuckNative.Success)
                return new DuckDatabase(database);
            database.Dispose();
            throw new DuckException(problem);
        }
    }

    /// <summary>A connection of one's own: it runs one statement at a time. Times without a zone are UTC, wherever the machine is.</summary>
    internal DuckConnection Connect()
    {
        var connection = new DuckConnection(Created(DuckNative.Connect(_handle, out DuckConnectionHandle made), made));
        connection.Execute("SET TimeZone = 'UTC'");
        return connection;
    }

    public void Dispose() => _handle.Dispose();

    private static T Created<T>(int state, T handle)
        where T : DuckHandle
    {
        if (state == DuckNative.Success)
            return handle;
        handle.Dispose();
        throw new DuckException("DuckDB cannot be started");
    }
}

/// <summary>How much a database may take.</summary>
internal sealed record DuckSettings
{
    /// <summary>Bytes that DuckDB may hold, before it writes to <see cref="TempFolder"/>.</summary>
    internal long MemoryLimit { get; init; } = 512L << 20;

    /// <summary>Threads of its own.</summary>
    internal int Threads { get; init; } = 2;

    /// <summary>Where it writes what does not fit.</summary>
    internal string TempFolder { get; init; } = Path.Join(Path.GetTempPath(), "dv-train");

    internal IEnumerable<(string Name, string Value)> ToPairs() =>
    [
        ("memory_limit", string.Create(CultureInfo.InvariantCulture, $"{MemoryLimit >> 10}KiB")),
        ("threads", Threads.ToString(CultureInfo.InvariantCulture)),
        ("preserve_insertion_order", "true"),
        ("temp_directory", TempFolder),
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        ("allow_community_extensions", "false"),
    ];
}
