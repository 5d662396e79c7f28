using System.Collections.Concurrent;
using DataVersion.Objects;
using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>
/// Shows an operation's progress on stderr: bars on a terminal, a line now and then elsewhere, nothing with <c>-q</c>.
/// Operations only add to counters and a queue; one loop of its own does the writing, so a slow terminal slows nothing.
/// </summary>
internal sealed class ProgressMonitor : ITransferMonitor, IAsyncDisposable
{
    private readonly TimeProvider _clock;
    private readonly ConsoleReporter _reporter;
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _display;
    private readonly ConcurrentQueue<string> _retried = new();
    private StageCounters? _stage;
    private long _retries;

    private ProgressMonitor(TimeProvider clock, ConsoleReporter reporter, Func<ProgressMonitor, CancellationToken, Task> display)
    {
        _clock = clock;
        _reporter = reporter;
        _display = display(this, _end.Token);
    }

    internal static ProgressMonitor Start(CliHost host, ConsoleReporter reporter) => new(
        host.Clock,
        reporter,
        reporter.Quiet ? (_, _) => Task.CompletedTask
        : host.IsErrorTerminal ? (m, end) => ProgressBars.RunAsync(m, host, end)
        : (m, end) => ProgressLines.RunAsync(m, reporter, host.Clock, end));

    /// <summary>The current stage, or null before the first one.</summary>
    internal StageView? Current => Volatile.Read(ref _stage)?.Read(_clock);

    public void Begin(Stage stage) => Volatile.Write(ref _stage, new StageCounters(stage, _clock.GetTimestamp()));

    public void Planned(long objects, long bytes) => Volatile.Read(ref _stage)?.Plan(objects, bytes);

    public void Advanced(ObjectKey? key, long bytes) => Volatile.Read(ref _stage)?.Advance(bytes);

    public void Finished(ObjectKey? key, ObjectOutcome outcome) => Volatile.Read(ref _stage)?.Finish();

    public void Warn(string message) => _warnings.Enqueue(message);

    public void Retried(string problem)
    {
        Interlocked.Increment(ref _retries);
        if (_reporter.Verbose)
            _retried.Enqueue(problem);
    }

    /// <summary>Requests that were repeated so far.</summary>
    internal long Retries => Interlocked.Read(ref _retries);

    /// <summary>Writes the warnings that came since the last call.</summary>
    internal void FlushWarnings()
    {
        while (_warnings.TryDequeue(out string? warning))
            _reporter.Warn(warning);
        while (_retried.TryDequeue(out string? problem))
            _reporter.Note($"trying again: {Printable.Text(problem)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _display;
        FlushWarnings();
        _end.Dispose();
    }
}
