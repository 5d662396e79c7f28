using System.Collections.Concurrent;
using DataVersion.Objects;
using DataVersion.Transfers;

namespace DataVersion.Testing.Transfers;

/// <summary>Remembers what it was told.</summary>
public sealed class RecordingMonitor : ITransferMonitor
{
    private readonly ConcurrentQueue<Stage> _stages = new();
    private readonly ConcurrentQueue<(ObjectKey? Key, ObjectOutcome Outcome)> _finished = new();
    private readonly ConcurrentQueue<string> _warnings = new();
    private long _planned;
    private long _advanced;

    public IReadOnlyCollection<Stage> Stages => _stages;

    public IReadOnlyCollection<(ObjectKey? Key, ObjectOutcome Outcome)> FinishedObjects => _finished;

    public IReadOnlyCollection<string> Warnings => _warnings;

    public long PlannedObjects => _planned;

    public long AdvancedBytes => _advanced;

    /// <summary>Called for each finished object.</summary>
    public Action<ObjectKey?>? OnFinished { get; init; }

    public void Begin(Stage stage) => _stages.Enqueue(stage);

    public void Planned(long objects, long bytes) => Interlocked.Add(ref _planned, objects);

    public void Advanced(ObjectKey? key, long bytes) => Interlocked.Add(ref _advanced, bytes);

    public void Finished(ObjectKey? key, ObjectOutcome outcome)
    {
        _finished.Enqueue((key, outcome));
        OnFinished?.Invoke(key);
    }

    public void Started(ObjectKey key, string path, long bytes) { }

    public void Warn(string message) => _warnings.Enqueue(message);

    public void Retried(string problem) { }
}
