using DataVersion.Objects;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.History;

/// <summary>The runs that are known: those of this machine and, where there is one, those of a remote; each once.</summary>
/// <param name="store">This machine's.</param>
/// <param name="ledger">The remote's; null to ask none.</param>
public sealed class RunCatalog(RunStore store, RunLedger? ledger)
{
    private const int Readers = 8;

    // Ids begin with the time in milliseconds: 48 bits, 12 digits and a dash.
    private const int MinPrefix = 4;

    private readonly List<string> _problems = [];

    /// <summary>Records that could not be read, in one line each; they are left out of every answer.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The runs that a filter accepts, the latest first.</summary>
    public async Task<IReadOnlyList<RunRecord>> ListAsync(RunFilter filter, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<string, RunRecord>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        foreach (string id in store.List())
        {
            if (TryLoad(id) is { } record && filter.Accepts(record))
                found[id] = record;
        }
        if (ledger is not null)
        {
            IReadOnlyList<string> ids = filter.RemoteKey is { } key
                ? await ledger.FindAsync(key.By, key.Hash, cancellationToken)
                : await ListRemoteAsync(ledger, cancellationToken);
            HashSet<string> here = [.. store.List()];
            IEnumerable<string> wanted = ids.Where(id => !here.Contains(id)).OrderDescending(StringComparer.Ordinal);
            // Ids sort by time: what is older than asked for, or beyond the limit, need not be read.
            if (filter.Since is { } since)
                wanted = wanted.Where(id => string.CompareOrdinal(id, Guid.CreateVersion7(since).ToString("D")[..MaxTimeDigits]) >= 0);
            if (filter is { Limit: { } limit, RemoteKey: null })
                wanted = wanted.Take(limit);
            foreach (RunRecord record in await ReadAsync(ledger, [.. wanted], cancellationToken))
            {
                if (filter.Accepts(record))
                    found[record.RunUuid] = record;
            }
        }
        return [.. found.Values.Take(filter.Limit ?? int.MaxValue)];
    }

    /// <summary>The run of an id, or of its first digits.</summary>
    /// <exception cref="UsageException">There is none, or more than one.</exception>
    public async Task<RunRecord> GetAsync(string idOrPrefix, CancellationToken cancellationToken) =>
        await TryGetAsync(idOrPrefix, cancellationToken)
            ?? throw new UsageException($"there is no run '{PathRules.Printable(idOrPrefix)}'", ledger is null ? "see: dv runs (a remote's runs are seen where one is configured)" : "see: dv runs");

    /// <summary>The same; null where there is none.</summary>
    /// <exception cref="UsageException">There is more than one.</exception>
    public async Task<RunRecord?> TryGetAsync(string idOrPrefix, CancellationToken cancellationToken)
    {
        string wanted = idOrPrefix.ToLowerInvariant();
        if (wanted.Length < MinPrefix || !wanted.All(c => char.IsAsciiHexDigitLower(c) || c == '-'))
            return null;
        var ids = new SortedSet<string>(store.List().Where(id => id.StartsWith(wanted, StringComparison.Ordinal)), StringComparer.Ordinal);
        // A whole id that is here is the one; a remote's would be the same run.
        if (ledger is not null && !ids.Contains(wanted))
            ids.UnionWith(await ledger.FindByPrefixAsync(wanted, cancellationToken));
        if (ids.Count > 1)
        {
            throw new UsageException($"'{PathRules.Printable(idOrPrefix)}' may be any of {ids.Count} runs",
                $"give more of it: {string.Join(", ", ids.Take(4))}{(ids.Count > 4 ? " …" : "")}");
        }
        if (ids.Count == 0)
            return null;
        string only = ids.Min!;
        return store.TryLoad(only) ?? (ledger is null ? null : await ledger.TryReadAsync(only, cancellationToken));
    }

    /// <summary>A document of a run, from here or from the remote; null where neither has it.</summary>
    public async Task<byte[]?> TryReadDocumentAsync(string id, string document, int maxBytes, CancellationToken cancellationToken)
    {
        string path = store.PathOf(id, document);
        if (File.Exists(path))
        {
            return new FileInfo(path).Length <= maxBytes
                ? await File.ReadAllBytesAsync(path, cancellationToken)
                : throw new InvalidFormatException(path, null, $"has more than {maxBytes} bytes");
        }
        return ledger is null ? null : await ledger.TryReadDocumentAsync(id, document, maxBytes, cancellationToken);
    }

    // The time in an id: 8 digits, a dash, 4 digits.
    private const int MaxTimeDigits = RunIds.ShownLength;

    private RunRecord? TryLoad(string id)
    {
        try
        {
            return store.TryLoad(id);
        }
        catch (DataVersionException e)
        {
            _problems.Add(e.Message);
            return null;
        }
    }

    private static async Task<IReadOnlyList<string>> ListRemoteAsync(RunLedger ledger, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        await foreach (string id in ledger.ListAsync(cancellationToken))
            ids.Add(id);
        return ids;
    }

    private async Task<IReadOnlyList<RunRecord>> ReadAsync(RunLedger remote, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var records = new System.Collections.Concurrent.ConcurrentBag<RunRecord>();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancellationToken }, async (id, token) =>
        {
            try
            {
                if (await remote.TryReadAsync(id, token) is { } record)
                    records.Add(record);
            }
            catch (InvalidFormatException e)
            {
                lock (_problems)
                    _problems.Add(e.Message);
            }
        });
        return [.. records];
    }
}
