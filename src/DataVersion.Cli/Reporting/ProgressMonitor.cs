using System.Collections.Concurrent;
using System.Text.Json;
using DataVersion.Objects;
using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>
/// Shows an operation's progress on stderr: bars on a terminal, a line now and then elsewhere, JSON lines with <c>--json-progress</c>, nothing
/// with <c>-q</c>. Operations only add to counters and queues; one loop of its own does the writing, so a slow terminal slows nothing.
/// </summary>
internal sealed class ProgressMonitor : ITransferMonitor, IAsyncDisposable
{
    private readonly TimeProvider _clock;
    private readonly CliHost _host;
    private readonly ConsoleReporter _reporter;
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly ConcurrentQueue<StageCounters> _ended = new();
    private readonly ConcurrentDictionary<ObjectKey, LargeObject> _large = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _display;
    private StageCounters? _stage;
    private long _retries;

    private ProgressMonitor(CliHost host, ConsoleReporter reporter, Func<ProgressMonitor, CancellationToken, Task> display)
    {
        _clock = host.Clock;
        _host = host;
        _reporter = reporter;
        _display = display(this, _end.Token);
    }

    /// <summary>The current stage, or null before the first one.</summary>
    internal StageView? Current => Volatile.Read(ref _stage)?.Read(_clock) is { } view ? view with { Retries = Retries } : null;

    /// <summary>Requests that were repeated so far.</summary>
    internal long Retries => Interlocked.Read(ref _retries);

    /// <summary>The large objects under way, those that began first in front.</summary>
    internal IReadOnlyList<LargeObject> Large => [.. _large.Values.OrderBy(o => o.Number)];

    internal static ProgressMonitor Start(CliHost host, ConsoleReporter reporter) => new(
        host,
        reporter,
        reporter.JsonProgress ? (m, end) => ProgressEvents.RunAsync(m, host, end)
        : reporter.Quiet ? (_, _) => Task.CompletedTask
        : host.IsErrorTerminal ? (m, end) => ProgressBars.RunAsync(m, host, end)
        : (m, end) => ProgressLines.RunAsync(m, reporter, host.Clock, end));

    public void Begin(Stage stage)
    {
        StageCounters? before = Interlocked.Exchange(ref _stage, new StageCounters(stage, _clock.GetTimestamp()));
        if (before is not null && _reporter.JsonProgress)
            _ended.Enqueue(before);
    }

    public void Planned(long objects, long bytes) => Volatile.Read(ref _stage)?.Plan(objects, bytes);

    public void Started(ObjectKey key, string path, long bytes) => _large.TryAdd(key, new LargeObject(path, bytes, _clock.GetTimestamp()));

    public void Advanced(ObjectKey? key, long bytes)
    {
        Volatile.Read(ref _stage)?.Advance(bytes);
        if (key is { } one && !_large.IsEmpty && _large.TryGetValue(one, out LargeObject? large))
            large.Advance(bytes);
    }

    public void Finished(ObjectKey? key, ObjectOutcome outcome)
    {
        Volatile.Read(ref _stage)?.Finish();
        if (key is { } one && !_large.IsEmpty)
            _large.TryRemove(one, out _);
    }

    public void Warn(string message) => _warnings.Enqueue(message);

    public void Retried(string problem)
    {
        Interlocked.Increment(ref _retries);
        if (_reporter.Verbose || _reporter.JsonProgress)
            _problems.Enqueue(problem);
    }

    /// <summary>The stages that ended since the last call, in order.</summary>
    internal IEnumerable<StageView> TakeEnded()
    {
        while (_ended.TryDequeue(out StageCounters? stage))
            yield return stage.Read(_clock);
    }

    /// <summary>Writes the warnings that came since the last call.</summary>
    internal void FlushWarnings()
    {
        while (_warnings.TryDequeue(out string? warning))
            Write("warning", warning, () => _reporter.Warn(warning));
        while (_problems.TryDequeue(out string? problem))
            Write("retry", problem, () => _reporter.Note($"trying again: {Printable.Text(problem)}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _display;
        FlushWarnings();
        _end.Dispose();
    }

    private void Write(string kind, string message, Action human)
    {
        if (_reporter.JsonProgress)
            _host.Error.WriteLine(JsonSerializer.Serialize(new ProblemEvent(kind, message), ProgressJson.Default.ProblemEvent));
        else
            human();
    }
}

/// <summary>A large object under way.</summary>
internal sealed class LargeObject(string path, long size, long number)
{
    private long _bytes;

    internal string Path => path;

    /// <summary>When it began, as the clock's timestamp: an order.</summary>
    internal long Number => number;

    /// <summary>0 to 1.</summary>
    internal double Fraction => size > 0 ? Math.Clamp((double)Interlocked.Read(ref _bytes) / size, 0, 1) : 0;

    /// <summary><c>210.0 MiB of 1.0 GiB</c>.</summary>
    internal string Describe() => $"{Sizes.Bytes(Interlocked.Read(ref _bytes))} of {Sizes.Bytes(size)}";

    internal void Advance(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
