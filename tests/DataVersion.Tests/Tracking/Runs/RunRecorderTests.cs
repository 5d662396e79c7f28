using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Tracking.Runs;

/// <summary>A record is announced, says every minute that its run is alive, and is closed; a remote that does not take it stops nothing.</summary>
public sealed class RunRecorderTests : IRunView, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MemoryBlobStore _blobs = new(location: "memory://here");
    private readonly ManualClock _clock = new();
    private readonly List<string> _warnings = [];
    private readonly Repository _repository;
    private bool _isAway;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public RunRecorderTests()
    {
        Directory.CreateDirectory(_folder.At("r/.dv"));
        File.WriteAllText(_folder.At("r/.dv/config.local"), "[remote \"origin\"]\nurl = s3://bucket/x\n[core]\nremote = origin\n");
        _repository = Repository.Open(_folder.At("r"), new HostEnvironment(), (remote, _) => _isAway ? throw new RemoteException(remote.Name, "is away") : _blobs);
    }

    ITransferMonitor IRunView.Monitor => SilentMonitor.Instance;

    public void Dispose()
    {
        _repository.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_run_says_every_minute_that_it_is_alive_until_it_is_closed()
    {
        await using RunRecorder recorder = Begin(required: false);
        await recorder.AnnounceAsync(Token);
        Assert.Equal(SampleRecords.Start, (await ReadAsync(recorder))!.RefreshedOn);

        DateTimeOffset seen = SampleRecords.Start;
        for (int minute = 1; minute <= 2; minute++)
        {
            // The heart may not have lain down to its next pause yet.
            while ((await ReadAsync(recorder))!.RefreshedOn is not { } now || now == seen)
            {
                _clock.Advance(RunStates.Heartbeat);
                await Task.Delay(20, Token);
            }
            seen = (await ReadAsync(recorder))!.RefreshedOn!.Value;
        }
        recorder.Update(r => r with { Stage = RunStates.Complete });
        Assert.True(await recorder.CloseAsync(TimeSpan.FromMinutes(1), Token));
        RunRecord closed = (await ReadAsync(recorder))!;
        _clock.Advance(RunStates.Heartbeat);

        Assert.Equal((RunStates.Complete, seen), (closed.Stage, closed.RefreshedOn));
        Assert.Equal(RunRecordJson.Write(closed), RunRecordJson.Write((await ReadAsync(recorder))!));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task What_a_remote_does_not_take_is_spooled_and_sent_later()
    {
        _isAway = true;
        await using RunRecorder recorder = Begin(required: false);
        await recorder.AnnounceAsync(Token);
        Assert.False(await recorder.CloseAsync(TimeSpan.FromMinutes(1), Token));

        Assert.Contains(_warnings, w => w.Contains("dv runs sync", StringComparison.Ordinal));
        Assert.Equal([recorder.Record.RunUuid], recorder.Store.ListUnsent());
        _isAway = false;
        await new RunSpool(_repository, recorder.Store).SendAsync(_repository.Settings.RequireRemote(null), SilentMonitor.Instance, Token);
        Assert.Empty(recorder.Store.ListUnsent());
        Assert.NotNull(await ReadAsync(recorder));
    }

    [Fact]
    public async Task Metrics_that_nobody_cleaned_stay_here_when_a_killed_run_is_sent()
    {
        _isAway = true;
        await using RunRecorder recorder = Begin(required: false);
        await recorder.AnnounceAsync(Token);
        recorder.Store.Save(recorder.Record.RunUuid, DocumentNames.Metrics, "{\"name\":\"hunter2hunter2\",\"value\":1}\n"u8);
        _isAway = false;

        var spool = new RunSpool(_repository, recorder.Store);
        await spool.SendAsync(_repository.Settings.RequireRemote(null), SilentMonitor.Instance, Token);
        Assert.NotNull(await ReadAsync(recorder));
        Assert.Null(await ReadDocumentAsync(recorder, DocumentNames.Metrics));

        recorder.Update(r => r with { Metrics = new MetricsFacts(new Dictionary<string, double> { ["loss"] = 1 }, 1, new string('a', 64)) });
        recorder.Save();
        recorder.Store.MarkUnsent(recorder.Record.RunUuid, "cleaned since");
        await spool.SendAsync(_repository.Settings.RequireRemote(null), SilentMonitor.Instance, Token);
        Assert.NotNull(await ReadDocumentAsync(recorder, DocumentNames.Metrics));
    }

    [Fact]
    public async Task A_record_that_is_required_and_not_taken_ends_the_run()
    {
        _isAway = true;
        await using RunRecorder recorder = Begin(required: true);

        RunFailedException error = await Assert.ThrowsAsync<RunFailedException>(() => recorder.AnnounceAsync(Token));

        Assert.Equal(RunExitCodes.Unavailable, error.ExitCode);
        Assert.NotNull(recorder.Store.TryLoad(recorder.Record.RunUuid));
    }

    void IRunView.StageBegan(string stage) { }

    void IRunView.StageEnded(string stage, TimeSpan took, string? note) { }

    void IRunView.Warn(string message) => _warnings.Add(message);

    private RunRecorder Begin(bool required)
    {
        var request = new RunRequest { Command = ["true"], WorkingDirectory = _folder.Path, RequireRecord = required };
        var recorder = new RunRecorder(_repository, new RunStore(_folder.At("runs")), request, _clock, this);
        recorder.Begin(SampleRecords.Minimal() with { RefreshedOn = SampleRecords.Start });
        return recorder;
    }

    private async Task<byte[]?> ReadDocumentAsync(RunRecorder recorder, string name)
    {
        using RemoteDocuments documents = await RemoteDocuments.OpenAsync(_repository, _repository.Settings.RequireRemote(null), write: false, SilentMonitor.Instance, Token);
        return await new RunLedger(documents).TryReadDocumentAsync(recorder.Record.RunUuid, name, 1 << 20, Token);
    }

    private async Task<RunRecord?> ReadAsync(RunRecorder recorder)
    {
        using RemoteDocuments documents = await RemoteDocuments.OpenAsync(_repository, _repository.Settings.RequireRemote(null), write: false, SilentMonitor.Instance, Token);
        return await new RunLedger(documents).TryReadAsync(recorder.Record.RunUuid, Token);
    }
}
