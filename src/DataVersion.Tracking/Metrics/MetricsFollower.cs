namespace DataVersion.Tracking.Metrics;

/// <summary>How a metrics file is followed.</summary>
/// <param name="Clock">Measures the pauses, and gives the time of points that carry none.</param>
public sealed record FollowerOptions(TimeProvider Clock)
{
    /// <summary>How long to wait before looking again.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The most points that the callback is given at once.</summary>
    public int MaxBatch { get; init; } = 1000;

    /// <summary>How many of the first problems are kept; the others are only counted.</summary>
    public int KeptProblems { get; init; } = 20;
}

/// <summary>What was found in a metrics file.</summary>
/// <param name="Summary">Every metric, summed up.</param>
/// <param name="Points">How many points were read.</param>
/// <param name="Lines">How many lines were read, bad ones included.</param>
/// <param name="ProblemCount">How many lines were bad.</param>
/// <param name="FirstProblems">The first of them.</param>
/// <param name="CallbackError">The first thing that the callback threw; reading went on.</param>
public sealed record MetricsReport(
    MetricSummary Summary, long Points, long Lines, long ProblemCount, IReadOnlyList<MetricProblem> FirstProblems, Exception? CallbackError);

/// <summary>
/// Follows the file that a child appends metrics to, from before it exists until <see cref="StopAsync"/>, and hands its points on in batches, in order. What a
/// child writes never makes it fail: a bad line is counted, and the next one is read.
/// </summary>
public sealed class MetricsFollower : IAsyncDisposable
{
    // One look may find gigabytes: they are handed on piece by piece, so that memory stays small and a stop is noticed.
    private const long LookBytes = 4 << 20;

    private readonly Func<IReadOnlyList<MetricPoint>, CancellationToken, Task> _onBatch;
    private readonly FollowerOptions _options;
    private readonly GrowingFile _file;
    private readonly LineCutter _lines;
    private readonly MetricSummary _summary = new();
    private readonly List<MetricPoint> _parsed = [];
    private readonly List<MetricPoint> _pending = [];
    private readonly List<MetricProblem> _problems = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly Task _loop;
    private long _points, _lineCount, _lineInFile, _problemCount;
    private bool _wasUnreadable;
    private Exception? _callbackError;

    private MetricsFollower(string path, Func<IReadOnlyList<MetricPoint>, CancellationToken, Task> onBatch, FollowerOptions options)
    {
        _onBatch = onBatch;
        _options = options;
        _file = new GrowingFile(path);
        _lines = new LineCutter(TakeLine);
        _loop = Task.Run(FollowAsync);
    }

    /// <summary>Begins to follow.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="onBatch">Called with each batch, one after another. What it throws comes back in the report.</param>
    /// <param name="options">How to follow.</param>
    public static MetricsFollower Start(string path, Func<IReadOnlyList<MetricPoint>, CancellationToken, Task> onBatch, FollowerOptions options) =>
        new(path, onBatch, options);

    /// <summary>Reads the rest of the file, a last line without end included, hands it on, and stops.</summary>
    /// <param name="cancellationToken">Gives the rest up; the callback's token is cancelled too.</param>
    /// <exception cref="OperationCanceledException">The rest was given up.</exception>
    public async Task<MetricsReport> StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await using (cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _abandon))
            await _loop;
        cancellationToken.ThrowIfCancellationRequested();
        return new MetricsReport(_summary, _points, _lineCount, _problemCount, _problems, _callbackError);
    }

    /// <summary>Stops without reading the rest, if it was not stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _abandon.CancelAsync();
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _abandon.Dispose();
        _file.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (await LookAsync())
                await Task.Delay(_options.PollInterval, _options.Clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!_abandon.IsCancellationRequested && !await LookAsync())
        {
        }
        _lines.Flush();
        await HandOnAsync();
    }

    /// <summary>Reads on and hands on; true at the end of what is there.</summary>
    private async Task<bool> LookAsync()
    {
        bool isAtEnd;
        try
        {
            isAtEnd = _file.Read(_lines.Take, Restart, LookBytes);
            _wasUnreadable = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // Said once until it can be read again.
            if (!_wasUnreadable)
                AddProblem($"the file cannot be read: {e.Message.ReplaceLineEndings(" ")}");
            _wasUnreadable = true;
            isAtEnd = true;
        }
        await HandOnAsync();
        return isAtEnd;
    }

    private void Restart()
    {
        _lines.Flush();
        _lineInFile = 0;
    }

    private void TakeLine(ReadOnlyMemory<byte>? line)
    {
        _lineCount++;
        _lineInFile++;
        if (line is not { } bytes)
        {
            AddProblem($"longer than {MetricLine.MaxBytes} bytes");
            return;
        }
        _parsed.Clear();
        if (!MetricLine.TryParse(bytes.Span, _lineInFile, _options.Clock.GetUtcNow().ToUnixTimeMilliseconds(), _parsed, out MetricProblem? problem))
            AddProblem(problem!.Problem);
        List<MetricPoint> taken = _parsed.FindAll(_summary.TryAdd);
        _points += taken.Count;
        _pending.AddRange(taken);
        if (taken.Count < _parsed.Count)
            AddProblem($"more than {MetricSummary.MaxNames} names of metrics");
    }

    private void AddProblem(string problem)
    {
        _problemCount++;
        if (_problems.Count < _options.KeptProblems)
            _problems.Add(new MetricProblem(_lineInFile, problem));
    }

    private async Task HandOnAsync()
    {
        for (int at = 0; at < _pending.Count && !_abandon.IsCancellationRequested; at += _options.MaxBatch)
        {
            try
            {
                await _onBatch(_pending.GetRange(at, Math.Min(_options.MaxBatch, _pending.Count - at)), _abandon.Token);
            }
            catch (Exception e)
            {
                _callbackError ??= e;
            }
        }
        _pending.Clear();
    }
}
