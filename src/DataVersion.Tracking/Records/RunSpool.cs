using DataVersion.Configuration;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Transfers;

namespace DataVersion.Tracking.Records;

/// <summary>Sends the records that a remote did not take while their runs lasted. Sending one twice does no harm.</summary>
public sealed class RunSpool(Repository repository, RunStore store)
{
    /// <summary>Sends all of them.</summary>
    /// <returns>The ids that were sent; the rest stays spooled where an error ends it.</returns>
    /// <exception cref="RemoteException">The remote cannot be reached, or refuses.</exception>
    public async Task<IReadOnlyList<string>> SendAsync(RemoteSettings remote, ITransferMonitor monitor, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> unsent = store.ListUnsent();
        if (unsent.Count == 0)
            return [];
        using RemoteDocuments documents = await RemoteDocuments.OpenAsync(repository, remote, write: true, monitor, cancellationToken);
        var ledger = new RunLedger(documents);
        var sent = new List<string>();
        foreach (string id in unsent)
        {
            if (store.TryLoad(id) is { } record)
                await ledger.PublishAsync(record, RunRecordJson.Write(record), Beside(store, id), cancellationToken);
            store.MarkSent(id);
            sent.Add(id);
        }
        return sent;
    }

    /// <summary>The documents that lie beside a run's record here.</summary>
    public static IReadOnlyList<(string Name, IContent Content)> Beside(RunStore store, string id) =>
        [.. DocumentNames.BesideRecord.Where(n => File.Exists(store.PathOf(id, n))).Select(n => (n, (IContent)new FileContent(store.PathOf(id, n))))];
}
