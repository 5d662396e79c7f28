using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>What is known of one stage; written by many threads, read by the display.</summary>
internal sealed class StageCounters(Stage stage, long started)
{
    private long _plannedObjects;
    private long _plannedBytes;
    private long _objects;
    private long _bytes;

    internal void Plan(long objects, long bytes)
    {
        Interlocked.Add(ref _plannedObjects, objects);
        Interlocked.Add(ref _plannedBytes, bytes);
    }

    internal void Advance(long bytes) => Interlocked.Add(ref _bytes, bytes);

    internal void Finish() => Interlocked.Increment(ref _objects);

    internal StageView Read(TimeProvider clock) => new(
        stage,
        Interlocked.Read(ref _objects),
        Interlocked.Read(ref _plannedObjects),
        Interlocked.Read(ref _bytes),
        Interlocked.Read(ref _plannedBytes),
        clock.GetElapsedTime(started));
}
