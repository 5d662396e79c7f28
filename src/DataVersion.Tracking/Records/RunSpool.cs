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
                await ledger.PublishAsync(record, RunRecordJson.Write(record), Contents(store, record), cancellationToken);
            store.MarkSent(id);
            sent.Add(id);
        }
        return sent;
    }

    /// <summary>The documents that are sent with a run's record.</summary>
    internal static IReadOnlyList<(string Name, IContent Content)> Contents(RunStore store, RunRecord record) =>
        [.. store.Beside(record).Select(n => (n, (IContent)new FileContent(store.PathOf(record.RunUuid, n))))];
}
