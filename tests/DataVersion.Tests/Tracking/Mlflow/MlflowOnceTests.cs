using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

/// <summary>One run, one version, whatever answers are lost.</summary>
public sealed class MlflowOnceTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly MlflowBox _box = new();

    private static CancellationToken Token => MlflowBox.Token;

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task A_lost_answer_to_the_creation_of_a_run_makes_no_second_run()
    {
        _box.Server.Fail(new() { Kind = MlflowServerFaultKind.LoseReply, Path = "runs/create", Times = 1 });
        await using MlflowRun run = await StartAsync(MlflowBox.Facts());

        Assert.Equal(run.RunId, Assert.Single(_box.State.Runs).Key);
        Assert.Equal(1, _box.Server.Count("runs/create"));
    }

    [Theory]
    [InlineData("runs/create")]
    [InlineData("experiments/create")]
    [InlineData("runs/search")]
    [InlineData("runs/log-batch")]
    [InlineData("runs/log-inputs")]
    [InlineData("runs/update")]
    [InlineData("registered-models/create")]
    [InlineData("model-versions/create")]
    [InlineData("registered-models/alias")]
    [InlineData("mlflow-artifacts")]
    [InlineData("")]
    public async Task Whatever_answer_is_lost_the_end_is_the_same(string path)
    {
        foreach (MlflowServerFaultKind kind in new[] { MlflowServerFaultKind.LoseReply, MlflowServerFaultKind.Hangup })
            _box.Server.Fail(new() { Kind = kind, Path = path, Times = 1 });
        await using MlflowRun run = await StartAsync(MlflowBox.Facts());
        await run.LogMetricsAsync(MlflowBox.Points(1200), Token);
        Assert.True(await run.UploadArtifactAsync(MlflowBox.Upload("model/m.onnx", [1, 2, 3]), Token), run.LastProblem);
        Assert.Equal("1", await run.RegisterModelAsync(new("m", "runs:/x/model", "champion", "abc"), Token));
        Assert.True(await run.FinishAsync(MlflowStatus.Finished, DateTimeOffset.UnixEpoch.AddDays(1), Limit, Token), run.LastProblem);

        MlflowServerRun there = Assert.Single(_box.State.Runs).Value;
        Assert.Equal("FINISHED", there.Status);
        Assert.Equal(1200, there.History.Count);
        Assert.Equal("42", there.Params["seed"]);
        Assert.Single(there.Inputs);
        Assert.Single(_box.State.Models["m"]);
        Assert.Single(_box.State.Artifacts);
        Assert.False(run.IsBehind);
    }

    [Fact]
    public async Task A_create_that_the_server_finishes_after_we_gave_it_up_leaves_one_active_run()
    {
        _box.Server.Fail(new() { Kind = MlflowServerFaultKind.FinishLater, Path = "runs/create", Times = 1 });
        await using MlflowRun run = await StartAsync(MlflowBox.Facts());
        _box.Server.FinishLate();
        Assert.Equal(2, _box.State.ActiveRuns.Count);
        await run.FinishAsync(MlflowStatus.Finished, DateTimeOffset.UnixEpoch.AddDays(1), Limit, Token);

        Assert.Equal(run.RunId, Assert.Single(_box.State.ActiveRuns).Id);
    }

    [Fact]
    public async Task A_retried_pod_reopens_its_run()
    {
        MlflowFacts first = MlflowBox.Facts("job/uid-1:0");
        await using (MlflowRun run = await StartAsync(first))
            await run.FinishAsync(MlflowStatus.Killed, DateTimeOffset.UnixEpoch.AddDays(1), Limit, Token);
        Assert.Equal("KILLED", Assert.Single(_box.State.Runs).Value.Status);

        MlflowFacts second = MlflowBox.Facts("job/uid-1:0", attempt: 2);
        await using MlflowRun retried = await StartAsync(second);
        MlflowServerRun there = Assert.Single(_box.State.Runs).Value;
        Assert.Equal("RUNNING", there.Status);
        Assert.Equal((second.RunUuid, "2", first.RunUuid), (there.Tags["dv.run.uuid"], there.Tags["dv.run.attempt"], there.Tags["dv.attempt.1"]));
        await retried.FinishAsync(MlflowStatus.Finished, DateTimeOffset.UnixEpoch.AddDays(2), Limit, Token);

        // The first attempt's replay comes late: its points are added, and nothing of the second attempt is undone.
        await new MlflowReplay(_box.Client).RunAsync(MlflowContract.History(first, "m"), Token);
        Assert.Equal("FINISHED", Assert.Single(_box.State.Runs).Value.Status);
        Assert.Equal("2", there.Tags["dv.run.attempt"]);
        Assert.Equal(1500, there.History.Count);
    }

    [Fact]
    public async Task Other_keys_and_no_keys_are_other_runs()
    {
        foreach (string? key in new[] { "a", "b", null, null, "it's \"odd\" `key`" })
            await (await StartAsync(MlflowBox.Facts(key))).DisposeAsync();
        await (await StartAsync(MlflowBox.Facts("it's \"odd\" `key`", 2))).DisposeAsync();

        Assert.Equal(5, _box.State.Runs.Count);
    }

    [Fact]
    public async Task A_late_replay_does_not_take_an_alias_from_a_newer_version()
    {
        await using MlflowRun run = await StartAsync(MlflowBox.Facts());
        await run.RegisterModelAsync(new("m", "runs:/x/model", "champion", "old"), Token);
        await run.RegisterModelAsync(new("m", "runs:/x/model", "champion", "new"), Token);
        Assert.Equal("1", await run.RegisterModelAsync(new("m", "runs:/x/model", "champion", "old"), Token));

        Assert.Equal(2, _box.State.Aliases[("m", "champion")]);
    }

    [Fact]
    public async Task Another_run_with_the_same_model_gets_a_version_of_its_own()
    {
        await using MlflowRun one = await StartAsync(MlflowBox.Facts());
        await using MlflowRun two = await StartAsync(MlflowBox.Facts());
        Assert.Equal("1", await one.RegisterModelAsync(new("m", "runs:/x/model", null, "same"), Token));
        Assert.Equal("2", await two.RegisterModelAsync(new("m", "runs:/x/model", null, "same"), Token));
    }

    private async Task<MlflowRun> StartAsync(MlflowFacts facts)
    {
        var run = new MlflowRun(_box.Connect(), facts, TimeProvider.System);
        await run.StartAsync(Limit, Token);
        Assert.NotNull(run.RunId);
        return run;
    }
}
