using System.Diagnostics;

namespace DataVersion.Serving.Metrics;

/// <summary>Requests by route and status, how long they took, rows. Counting takes no lock and no memory.</summary>
internal sealed class RequestMetrics
{
    private const int Statuses = 600;

    /// <summary>Upper bounds of the histogram's buckets, in seconds.</summary>
    internal static readonly double[] Buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly long[] BucketTicks = [.. Buckets.Select(b => (long)(b * Stopwatch.Frequency))];

    private readonly long[][] _statuses;
    private readonly long[][] _buckets;
    private readonly long[] _ticks;
    private long _rows;
    private long _positive;
    private int _inFlight;

    internal RequestMetrics(IReadOnlyList<string> routes)
    {
        Routes = routes;
        _statuses = [.. routes.Select(_ => new long[Statuses])];
        _buckets = [.. routes.Select(_ => new long[Buckets.Length + 1])];
        _ticks = new long[routes.Count];
    }

    internal IReadOnlyList<string> Routes { get; }

    internal long Rows => Interlocked.Read(ref _rows);

    internal long Positive => Interlocked.Read(ref _positive);

    internal int InFlight => Volatile.Read(ref _inFlight);

    internal void Begin() => Interlocked.Increment(ref _inFlight);

    internal void End(int route, int status, long ticks)
    {
        Interlocked.Decrement(ref _inFlight);
        Interlocked.Increment(ref _statuses[route][status is > 0 and < Statuses ? status : 0]);
        int bucket = 0;
        while (bucket < BucketTicks.Length && ticks > BucketTicks[bucket])
            bucket++;
        Interlocked.Increment(ref _buckets[route][bucket]);
        Interlocked.Add(ref _ticks[route], ticks);
    }

    internal void AddRows(long rows, long positive)
    {
        Interlocked.Add(ref _rows, rows);
        if (positive > 0)
            Interlocked.Add(ref _positive, positive);
    }

    /// <summary>How often each status was answered.</summary>
    internal IEnumerable<(int Status, long Count)> StatusesOf(int route) =>
        Enumerable.Range(0, Statuses).Select(s => (s, Interlocked.Read(ref _statuses[route][s]))).Where(s => s.Item2 > 0);

    /// <summary>The histogram: of each bucket alone, the last one without bound, and the sum in seconds.</summary>
    internal (long[] Counts, double Sum) LatencyOf(int route)
    {
        var counts = new long[Buckets.Length + 1];
        for (int i = 0; i < counts.Length; i++)
            counts[i] = Interlocked.Read(ref _buckets[route][i]);
        return (counts, Interlocked.Read(ref _ticks[route]) / (double)Stopwatch.Frequency);
    }
}
