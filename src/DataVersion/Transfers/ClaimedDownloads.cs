using System.Collections.Concurrent;
using System.Globalization;
using DataVersion.Caching;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>
/// Downloads into a cache into which other processes download, too: what another has claimed is left to it, and used when it is there. Meanwhile
/// this process downloads what nobody has claimed; what is claimed by somebody who does not go on is taken over.
/// </summary>
internal sealed class ClaimedDownloads(LocalCache cache, DownloadClaims claims, ContentReceiver receiver, FetchTally tally, ITransferMonitor monitor)
    : IDisposable
{
    // What an interruption may cost at most, and how long others wait at most for what has come: objects that are not yet under their names.
    private const long PublishBytes = 256L * 1024 * 1024;
    private const int RoundsInSilence = 5;
    private static readonly TimeSpan PublishEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<DownloadClaim> _received = new();
    private readonly SemaphoreSlim _publishing = new(1);
    private long _sinceCommit;

    /// <summary>Brings all objects into the cache that another process does not bring there. When it returns, they are there, or their failures are noted.</summary>
    public async Task RunAsync(CacheBatch batch, IReadOnlyList<ClaimedUnit> units, int jobs, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task publisher = PublishNowAndThenAsync(batch, stop.Token);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
            IReadOnlyList<ClaimedUnit> waiting = await TryAllAsync(batch, units, options);
            TimeSpan wait = ShortestWait;
            for (int round = 1; waiting.Count > 0; round++)
            {
                // First of all: others may be waiting for what is here.
                await PublishAsync(batch, cancellationToken);
                if (round == RoundsInSilence)
                    monitor.Warn(Describe(waiting));
                await Task.Delay(wait * (0.75 + Random.Shared.NextDouble() / 2), claims.Clock, cancellationToken);
                IReadOnlyList<ClaimedUnit> left = await TryAllAsync(batch, waiting, options);
                wait = left.Count < waiting.Count ? ShortestWait : TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, wait.Ticks * 3 / 2));
                waiting = left;
            }
            await PublishAsync(batch, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await publisher.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _publishing.Dispose();

    /// <summary>Downloads what can be claimed, and returns what others have.</summary>
    private async Task<IReadOnlyList<ClaimedUnit>> TryAllAsync(CacheBatch batch, IReadOnlyList<ClaimedUnit> units, ParallelOptions options)
    {
        var others = new ConcurrentBag<ClaimedUnit>();
        await Parallel.ForEachAsync(TransferOrder.Interleave(units, u => u.Bytes), options, async (unit, token) =>
        {
            if (!await TryOneAsync(batch, unit, token))
                others.Add(unit);
        });
        return [.. others];
    }

    private async Task<bool> TryOneAsync(CacheBatch batch, ClaimedUnit unit, CancellationToken cancellationToken)
    {
        if (await claims.TryClaimAsync(unit.Name, cancellationToken) is not { } claim)
        {
            if (!unit.Objects.All(IsHere))
                return false;
            Skip(unit.Objects);
            return true;
        }
        // Looked for only now: whoever had it before has published all by the time it gives up its claim.
        List<PlannedObject> missing = [.. unit.Objects.Where(o => !IsHere(o))];
        Skip(unit.Objects.Except(missing));
        claim.Expect(missing.Sum(o => o.Size ?? 0));
        bool any = await receiver.ReceiveAllAsync(batch, missing, claim.Advanced, cancellationToken);
        claim.Expect(0);
        if (!any)
        {
            claim.Dispose();
            return true;
        }
        _received.Enqueue(claim);
        if (Interlocked.Add(ref _sinceCommit, missing.Sum(o => o.Size ?? 0)) >= PublishBytes)
            await PublishAsync(batch, cancellationToken);
        return true;
    }

    private bool IsHere(PlannedObject item) => cache.Main.ContainsNow(item.Key);

    private void Skip(IEnumerable<PlannedObject> objects)
    {
        foreach (PlannedObject item in objects)
        {
            tally.Skipped(1);
            monitor.Advanced(item.Key, item.Size ?? 0);
            monitor.Finished(item.Key, ObjectOutcome.Skipped);
        }
    }

    /// <summary>Puts what has come under its names, and only then gives up the claims to it.</summary>
    private async Task PublishAsync(CacheBatch batch, CancellationToken cancellationToken)
    {
        await _publishing.WaitAsync(cancellationToken);
        try
        {
            List<DownloadClaim> finished = [];
            while (_received.TryDequeue(out DownloadClaim? claim))
                finished.Add(claim);
            if (finished.Count == 0)
                return;
            Interlocked.Exchange(ref _sinceCommit, 0);
            await batch.CommitAsync(cancellationToken);
            finished.ForEach(claim => claim.Dispose());
        }
        finally
        {
            _publishing.Release();
        }
    }

    // A single large object may take hours, in which nothing else would come to an end here.
    private async Task PublishNowAndThenAsync(CacheBatch batch, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PublishEvery, claims.Clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await PublishAsync(batch, cancellationToken);
    }

    private string Describe(IReadOnlyList<ClaimedUnit> waiting)
    {
        int objects = waiting.Sum(u => u.Objects.Count);
        string holders = string.Join(", ", waiting.Select(u => claims.HolderOf(u.Name)).Distinct().Order(StringComparer.Ordinal));
        return string.Create(CultureInfo.InvariantCulture, $"waiting for {(objects == 1 ? "an object" : $"{objects} objects")} that {holders} is downloading into '{cache.Root}'");
    }
}
