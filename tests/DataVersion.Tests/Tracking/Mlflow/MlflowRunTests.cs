using System.Diagnostics;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

public sealed class MlflowRunTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset End = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private readonly MlflowBox _box = new();

    private static CancellationToken Token => MlflowBox.Token;

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task Points_arrive_while_the_run_goes_on()
    {
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts(), TimeProvider.System);
        await run.StartAsync(Limit, Token);
        await run.LogMetricsAsync(MlflowBox.Points(3), Token);

        await MlflowBox.UntilAsync(() => _box.State.ActiveRuns[0].History.Count == 3);
        await MlflowBox.UntilAsync(() => !run.IsBehind);
        Assert.Equal("RUNNING", _box.State.ActiveRuns[0].Status);
    }

    [Fact]
    public async Task A_server_that_is_down_stops_nothing_and_is_caught_up_with_when_it_is_back()
    {
        _box.Stop();
        MlflowFacts facts = MlflowBox.Facts();
        await using MlflowRun run = new(_box.Client, facts, TimeProvider.System);
        await run.StartAsync(TimeSpan.FromSeconds(1), Token);
        await run.LogMetricsAsync(MlflowBox.Points(5), Token);
        Assert.False(await run.UploadArtifactAsync(MlflowBox.Upload("a.txt", [1]), Token));
        Assert.Null(await run.RegisterModelAsync(new("m", "runs:/x/m", null, "abc"), Token));
        Assert.Null(run.RunId);
        Assert.Contains("connection refused", run.LastProblem, StringComparison.Ordinal);
        Assert.Equal(["the run and its facts", "5 metric points", "artifact 'a.txt'", "model 'm'"], run.Undelivered);

        _box.Restart();
        Assert.False(await run.FinishAsync(MlflowStatus.Finished, End, Limit, Token));
        Assert.True(run.RunId is not null, run.LastProblem);
        Assert.Equal(["artifact 'a.txt'", "model 'm'"], run.Undelivered);
        Assert.Equal((5, "FINISHED"), (_box.State.ActiveRuns[0].History.Count, _box.State.ActiveRuns[0].Status));

        await new MlflowReplay(_box.Connect()).RunAsync(MlflowContract.History(facts, "m"), Token);
        await new MlflowReplay(_box.Connect()).RunAsync(MlflowContract.History(facts, "m"), Token);
        Assert.Equal(1500, Assert.Single(_box.State.ActiveRuns).History.Count);
        Assert.Single(_box.State.Models["m"]);
    }

    [Fact]
    public async Task A_server_that_dies_in_the_middle_is_replayed_once()
    {
        MlflowFacts facts = MlflowBox.Facts();
        await using MlflowRun run = new(_box.Client, facts, TimeProvider.System);
        await run.StartAsync(Limit, Token);
        await run.LogMetricsAsync(MlflowBox.Points(700), Token);
        await MlflowBox.UntilAsync(() => !run.IsBehind);
        _box.Server.Fail(new() { Kind = MlflowServerFaultKind.Hangup });
        await run.LogMetricsAsync([.. MlflowBox.Points(1500).Skip(700)], Token);
        Assert.False(await run.FinishAsync(MlflowStatus.Killed, End, TimeSpan.FromSeconds(1), Token));
        Assert.Equal(["800 metric points", "status KILLED"], run.Undelivered);

        _box.Server.Recover();
        for (int i = 0; i < 2; i++)
            await new MlflowReplay(_box.Client).RunAsync(MlflowContract.History(facts, "m"), Token);
        MlflowServerRun there = Assert.Single(_box.State.Runs).Value;
        Assert.Equal((1500, "KILLED"), (there.History.Count, there.Status));
    }

    [Fact]
    public async Task Required_and_down_is_an_error_at_the_start()
    {
        _box.Stop();
        await using MlflowRun run = new(_box.Connect(("DV_MLFLOW", "require")), MlflowBox.Facts(), TimeProvider.System);

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => run.StartAsync(TimeSpan.FromSeconds(2), Token));
        Assert.Equal(ErrorKind.Remote, error.Kind);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_costs_the_start_its_limit_and_no_more()
    {
        _box.Server.Fail(new() { Kind = MlflowServerFaultKind.Delay, Delay = TimeSpan.FromMinutes(1) });
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts(), TimeProvider.System);
        long start = Stopwatch.GetTimestamp();
        await run.StartAsync(TimeSpan.FromSeconds(0.3), Token);
        await run.LogMetricsAsync(MlflowBox.Points(10), Token);
        Assert.False(await run.FinishAsync(MlflowStatus.Finished, End, TimeSpan.FromSeconds(0.5), Token));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));
        Assert.Contains("no answer in", run.LastProblem, StringComparison.Ordinal);
        Assert.True(run.IsBehind);
    }

    [Fact]
    public async Task Logging_never_waits_and_what_finds_no_room_is_counted()
    {
        _box.Server.Fail(new() { Kind = MlflowServerFaultKind.Delay, Path = "log-batch", Delay = TimeSpan.FromMinutes(1) });
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts() with { Tags = new Dictionary<string, string>() }, TimeProvider.System, capacity: 5000);
        await run.StartAsync(TimeSpan.FromSeconds(0.2), Token);
        for (int i = 0; i < 100; i++)
        {
            Task done = run.LogMetricsAsync(MlflowBox.Points(1000), Token);
            Assert.True(done.IsCompletedSuccessfully);
        }
        Assert.Contains("100000 metric points", run.Undelivered);
    }

    [Fact]
    public async Task One_point_that_the_server_refuses_holds_up_no_other()
    {
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts(), TimeProvider.System);
        await run.StartAsync(Limit, Token);
        // A letter of a newer Unicode than the server's would be refused by its name: here one that ours takes for a name, and it does not.
        _box.State.RefusedMetric = "poison";
        await run.LogMetricsAsync([.. MlflowBox.Points(600), new("poison", 1, 1, 1), .. MlflowBox.Points(600, "acc")], Token);
        Assert.True(await run.FinishAsync(MlflowStatus.Finished, End, Limit, Token), run.LastProblem);

        Assert.Equal(1200, _box.State.ActiveRuns[0].History.Count);
        Assert.StartsWith("metric 'poison'", Assert.Single(run.Refusals), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_somebody_deleted_is_said_and_nothing_else_happens()
    {
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts(), TimeProvider.System);
        await run.StartAsync(Limit, Token);
        _box.State.ActiveRuns[0].IsDeleted = true;
        await run.LogMetricsAsync(MlflowBox.Points(1000), Token);
        Assert.False(await run.FinishAsync(MlflowStatus.Finished, End, Limit, Token));

        Assert.Contains("must be in the 'active' state", run.LastProblem, StringComparison.Ordinal);
        Assert.True(_box.Server.Count("log-batch") < 10, "a deleted run is not asked for each point");
    }

    [Fact]
    public async Task The_status_that_the_trainer_set_is_set_again_at_the_end()
    {
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts(), TimeProvider.System);
        await run.StartAsync(Limit, Token);
        await _box.Connect().SetStatusAsync(run.RunId!, MlflowStatus.Finished, End, Token);
        await run.LogMetricsAsync(MlflowBox.Points(10), Token);
        Assert.True(await run.FinishAsync(MlflowStatus.Failed, End, Limit, Token));

        Assert.Equal("FAILED", _box.State.ActiveRuns[0].Status);
        Assert.EndsWith("runs/update", _box.Server.Requests[^1].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_that_the_server_passes_over_is_noticed()
    {
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts(), TimeProvider.System);
        await run.StartAsync(Limit, Token);
        _box.Server.Fail(new()
        {
            Kind = MlflowServerFaultKind.Answer,
            Path = "runs/update",
            Answer = new MlflowServerAnswer(200, "application/json", """{"run_info":{"status":"RUNNING"}}"""),
        });

        Assert.False(await run.FinishAsync(MlflowStatus.Finished, End, Limit, Token));
        Assert.Contains("is RUNNING after it was set to FINISHED", run.LastProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_start_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await using MlflowRun run = new(_box.Client, MlflowBox.Facts(), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.StartAsync(Limit, cancelled.Token));
    }

    [Theory]
    [InlineData("/mlflow/artifacts", "server's own machine")]
    [InlineData("file:///mlflow/artifacts", "server's own machine")]
    [InlineData("./mlruns", "server's own machine")]
    [InlineData("s3://bucket/mlflow", "past the server")]
    [InlineData("mlflow-artifacts://elsewhere:5000/x", "past the server")]
    public async Task An_artifact_root_that_we_cannot_reach_is_explained(string root, string why)
    {
        using var box = new MlflowBox(new MlflowServerOptions { ArtifactRoot = root });
        await using (MlflowRun required = new(box.Connect(("DV_MLFLOW", "require")), MlflowBox.Facts(), TimeProvider.System))
        {
            MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => required.StartAsync(Limit, Token));
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
            Assert.Contains("--serve-artifacts", error.Hint, StringComparison.Ordinal);
        }
        await using MlflowRun run = new(box.Client, MlflowBox.Facts(), TimeProvider.System);
        await run.StartAsync(Limit, Token);
        await run.LogMetricsAsync(MlflowBox.Points(5), Token);
        Assert.False(await run.UploadArtifactAsync(MlflowBox.Upload("a", [1]), Token));
        Assert.False(await run.FinishAsync(MlflowStatus.Finished, End, Limit, Token));
        Assert.Equal(["artifact 'a'"], run.Undelivered);
        Assert.Contains("--serve-artifacts", run.LastProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_experiment_is_explained()
    {
        MlflowExperiment experiment = await _box.Client.EnsureExperimentAsync("fraud", Token);
        _box.State.Experiments[experiment.Id].IsDeleted = true;

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => _box.Client.EnsureExperimentAsync("fraud", Token));
        Assert.Contains("has been deleted", error.Message, StringComparison.Ordinal);
        Assert.Contains($"experiments restore -x {experiment.Id}", error.Hint, StringComparison.Ordinal);
    }
}
