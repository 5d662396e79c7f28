namespace DataVersion.Tracking.Mlflow;

/// <summary>
/// The tracking of one run while it runs. After the start nothing here throws for what the server does, nor waits for it where the trainer would feel it:
/// what was not delivered is said (<see cref="IsBehind"/>, <see cref="Undelivered"/>) and can be replayed (<see cref="MlflowReplay"/>).
/// </summary>
public sealed class MlflowRun : IAsyncDisposable
{
    /// <summary>How many points may wait by default; a point is about 100 bytes.</summary>
    public const int DefaultCapacity = 100_000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    // Of a deadline, what the data may take before the status gets its turn.
    private const double ShareOfData = 0.7;

    private readonly MlflowClient _client;
    private readonly TimeProvider _clock;
    private readonly MlflowDelivery _delivery;
    private readonly MlflowOutbox _outbox;
    private readonly MlflowUndelivered _undelivered = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _full = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Task _worker = Task.CompletedTask;
    private bool _isOpen;
    private bool _isStopped;

    /// <param name="client">The server; the caller disposes of it afterwards.</param>
    /// <param name="facts">The run.</param>
    /// <param name="clock">Waits and time limits.</param>
    /// <param name="capacity">How many metric points may wait.</param>
    public MlflowRun(MlflowClient client, MlflowFacts facts, TimeProvider clock, int capacity = DefaultCapacity)
    {
        _client = client;
        _clock = clock;
        _delivery = new MlflowDelivery(client, facts);
        _outbox = new MlflowOutbox(capacity);
    }

    /// <summary>The server's id of the run; null as long as it has not been opened.</summary>
    public string? RunId => _delivery.Run?.RunId;

    /// <summary>The run's experiment; null as long as the run has not been opened.</summary>
    public string? ExperimentId => _delivery.Run?.ExperimentId;

    /// <summary>Where artifacts go; null as long as the run has not been opened.</summary>
    public string? ArtifactUri => _delivery.Run?.ArtifactUri;

    /// <summary>The run's page; null as long as the run has not been opened.</summary>
    public string? PageUrl => _delivery.Run is { } run ? $"{_client.Http.Settings.Location}/#/experiments/{run.ExperimentId}/runs/{run.RunId}" : null;

    /// <summary>Whether the server lacks something now; after <see cref="FinishAsync"/>, whether a replay is needed.</summary>
    public bool IsBehind => Undelivered.Count > 0;

    /// <summary>The last thing that went wrong, in one line; null where nothing did. It may have been made good since.</summary>
    public string? LastProblem => _undelivered.LastProblem;

    /// <summary>What the server lacks, one line each.</summary>
    public IReadOnlyList<string> Undelivered => _undelivered.List(_isOpen, _outbox);

    /// <summary>What the server would not take, whatever happens; a replay does not help.</summary>
    public IReadOnlyList<string> Refusals => _delivery.Refusals;

    /// <summary>Opens the run, and begins to send in the background.</summary>
    /// <param name="limit">How long to try; later tries are made in the background.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MlflowException">Mode <see cref="MlflowMode.Require"/>: the run cannot be opened, or its artifacts cannot go through the server.</exception>
    public async Task StartAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await WithinAsync(limit, "open the run", OpenAsync, cancellationToken);
            if (_client.RefuseArtifactsOf(ArtifactUri) is { } refusal)
                throw refusal;
        }
        catch (MlflowException e) when (_client.Http.Settings.Mode != MlflowMode.Require)
        {
            _undelivered.Note(e);
        }
        _worker = Task.Run(WorkAsync, CancellationToken.None);
    }

    /// <summary>Takes points to be sent soon; returns at once.</summary>
    /// <param name="points">Any number, in order.</param>
    /// <param name="cancellationToken">Not waited on: nothing here takes time.</param>
    public Task LogMetricsAsync(IReadOnlyList<MlflowPoint> points, CancellationToken cancellationToken)
    {
        _outbox.Add(points);
        if (_outbox.Points >= MlflowLimits.MetricsPerBatch && _full.CurrentCount == 0)
            _full.Release();
        return Task.CompletedTask;
    }

    /// <summary>Takes params to be sent soon; one that the trainer logged with another value stays, and ours goes to tag <c>dv.param.KEY</c>.</summary>
    /// <param name="values">By name.</param>
    /// <param name="cancellationToken">Not waited on.</param>
    public Task LogParamsAsync(IReadOnlyDictionary<string, string> values, CancellationToken cancellationToken)
    {
        _outbox.AddParams(values);
        return Task.CompletedTask;
    }

    /// <summary>Takes tags to be set soon; the last value counts.</summary>
    /// <param name="tags">By name.</param>
    /// <param name="cancellationToken">Not waited on.</param>
    public Task LogTagsAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        _outbox.AddTags(tags);
        return Task.CompletedTask;
    }

    /// <summary>Stores a file among the run's artifacts; repeated, it is sent again or found there.</summary>
    /// <returns>False where the server could not be reached or refused: <see cref="LastProblem"/>.</returns>
    /// <exception cref="DataVersionException">The file cannot be read, or changed, or its path leaves the run's artifacts.</exception>
    public async Task<bool> UploadArtifactAsync(MlflowUpload upload, CancellationToken cancellationToken)
    {
        string what = $"artifact '{upload.Path}'";
        return await TryAsync(what, async () => await _delivery.UploadAsync(upload, cancellationToken), cancellationToken);
    }

    /// <summary>Registers a model as a version of a registered model, once for the same bytes of this run.</summary>
    /// <returns>The version; null where the server could not be reached or refused: <see cref="LastProblem"/>.</returns>
    public async Task<string?> RegisterModelAsync(MlflowModel model, CancellationToken cancellationToken)
    {
        MlflowModelVersion? version = null;
        await TryAsync($"model '{model.Name}'", async () => version = await _delivery.RegisterAsync(model, cancellationToken), cancellationToken);
        return version?.Version;
    }

    /// <summary>Sends what waits, and sets the status last.</summary>
    /// <param name="status">How the run ended.</param>
    /// <param name="endTime">When.</param>
    /// <param name="deadline">How long all of it may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where the server lacks something: <see cref="Undelivered"/>.</returns>
    public async Task<bool> FinishAsync(MlflowStatus status, DateTimeOffset endTime, TimeSpan deadline, CancellationToken cancellationToken)
    {
        long start = _clock.GetTimestamp();
        string what = $"status {MlflowClient.NameOf(status)}";
        _undelivered.Add(what);
        try
        {
            await StopAsync();
            try
            {
                await WithinAsync(deadline * ShareOfData, "send what was left", FlushAsync, cancellationToken);
            }
            catch (MlflowException e)
            {
                _undelivered.Note(e);
            }
            TimeSpan left = deadline - _clock.GetElapsedTime(start);
            if (_isOpen && left > TimeSpan.Zero)
            {
                await WithinAsync(left, "set the status", token => InTurnAsync(() => _delivery.CloseAsync(status, endTime, token), token), cancellationToken);
                _undelivered.Remove(what);
            }
        }
        catch (MlflowException e)
        {
            _undelivered.Note(e);
        }
        return !IsBehind;
    }

    /// <summary>Ends the work in the background; what waits is not sent (<see cref="FinishAsync"/> does that).</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _turn.Dispose();
        _full.Dispose();
    }

    private async Task StopAsync()
    {
        if (_isStopped)
            return;
        _isStopped = true;
        await _stop.CancelAsync();
        await _worker;
    }

    private async Task WorkAsync()
    {
        TimeSpan pause = Period;
        try
        {
            while (true)
            {
                await WaitAsync(pause);
                if (_isOpen && _outbox.IsEmpty)
                    continue;
                try
                {
                    await FlushAsync(_stop.Token);
                    pause = Period;
                }
                catch (MlflowException e)
                {
                    _undelivered.Note(e);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }
    }

    /// <summary>Until the time is over, or, where all is well, a batch is full.</summary>
    private async Task WaitAsync(TimeSpan pause)
    {
        if (pause > Period)
        {
            await Task.Delay(pause, _clock, _stop.Token);
            return;
        }
        using var limit = new CancellationTokenSource(pause, _clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            await _full.WaitAsync(linked.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // Time to look.
        }
    }

    private Task FlushAsync(CancellationToken cancellationToken) => InTurnAsync(
        async () =>
        {
            await EnsureOpenAsync(cancellationToken);
            await _outbox.FlushAsync(_delivery, cancellationToken);
        },
        cancellationToken);

    private Task OpenAsync(CancellationToken cancellationToken) => InTurnAsync(() => EnsureOpenAsync(cancellationToken), cancellationToken);

    private async Task EnsureOpenAsync(CancellationToken cancellationToken)
    {
        if (_isOpen)
            return;
        await _delivery.OpenAsync(live: true, cancellationToken);
        _isOpen = true;
    }

    /// <summary>One thing that is not buffered; where it fails, it is remembered as undelivered.</summary>
    private async Task<bool> TryAsync(string what, Func<Task> send, CancellationToken cancellationToken)
    {
        _undelivered.Add(what);
        try
        {
            await OpenAsync(cancellationToken);
            await send();
            _undelivered.Remove(what);
            return true;
        }
        catch (MlflowException e)
        {
            _undelivered.Note(e);
            return false;
        }
    }

    private async Task InTurnAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await work();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <exception cref="MlflowException">The time is over.</exception>
    private async Task WithinAsync(TimeSpan limit, string doing, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, _clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await work(linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw MlflowFailure.Timeout(_client.Http.Settings, doing, limit);
        }
    }
}
