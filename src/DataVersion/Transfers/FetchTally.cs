using System.Collections.Concurrent;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>What one fetch has done so far. All members may be called from many threads.</summary>
internal sealed class FetchTally
{
    private readonly ConcurrentBag<FailedTransfer> _failed = [];
    private long _received;
    private long _bytes;
    private long _skipped;

    public void Received(long bytes)
    {
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void Skipped(long count) => Interlocked.Add(ref _skipped, count);

    public void Failed(ObjectKey key, string path, DataVersionException error, string? hint = null) =>
        _failed.Add(new FailedTransfer(key, path, error) { Hint = error.Hint ?? hint });

    public TransferResult ToResult() => new(_received, _bytes, _skipped, [.. _failed.OrderBy(f => f.Path, StringComparer.Ordinal)]);
}
