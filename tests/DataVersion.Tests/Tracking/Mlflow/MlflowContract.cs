using System.Security.Cryptography;
using DataVersion.Tracking.Mlflow;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

/// <summary>What holds against every MLflow server: ours, and a real one.</summary>
public abstract class MlflowContract
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _experiment = $"dv-test-{Guid.NewGuid():N}";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract MlflowClient Client { get; }

    private MlflowFacts Facts => MlflowBox.Facts() with { ExperimentName = _experiment };

    [Fact]
    public async Task An_experiment_is_made_once_by_eight_that_ask_at_once()
    {
        MlflowExperiment[] all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Client.EnsureExperimentAsync(_experiment, Token)));

        Assert.Single(all.Select(e => e.Id).Distinct());
        Assert.All(all, e => Assert.True(e.IsActive));
    }

    [Fact]
    public async Task An_experiment_that_is_not_there_is_null() => Assert.Null(await Client.FindExperimentAsync(_experiment, Token));

    [Fact]
    public async Task A_whole_run_is_on_the_server_afterwards()
    {
        MlflowFacts facts = Facts;
        await using var run = new MlflowRun(Client, facts, TimeProvider.System);
        await run.StartAsync(Limit, Token);
        await run.LogMetricsAsync(MlflowBox.Points(2500), Token);
        await run.LogParamsAsync(new Dictionary<string, string> { ["späte Größe"] = "数据 🎉" }, Token);
        await run.LogTagsAsync(new Dictionary<string, string> { ["gpu"] = "H200" }, Token);
        Assert.True(await run.UploadArtifactAsync(MlflowBox.Upload("provenance/prüf bericht.json", "{}"u8.ToArray()), Token), run.LastProblem);
        Assert.True(await run.FinishAsync(MlflowStatus.Failed, facts.StartTime.AddMinutes(1), Limit, Token), run.LastProblem);

        MlflowRunInfo there = await Client.GetRunAsync(run.RunId!, Token);
        Assert.Equal("FAILED", there.Status);
        Assert.Equal(facts.StartTime.AddMinutes(1).ToUnixTimeMilliseconds(), there.EndTime);
        Assert.Equal("fraud-v2", there.Name);
        Assert.Equal("42", there.Params["seed"]);
        Assert.Equal("数据 🎉", there.Params["späte Größe"]);
        Assert.Equal("H200", there.Tags["gpu"]);
        Assert.Equal(facts.RunUuid, there.Tags["dv.run.uuid"]);
        Assert.Equal("0123456789abcdef0123456789abcdef01234567", there.Tags["mlflow.source.git.commit"]);
        Assert.Equal(2500, (await Client.GetMetricHistoryAsync(run.RunId!, "loss", Token)).Count);
        MlflowArtifact file = Assert.Single(await Client.ListArtifactsAsync(run.RunId!, "provenance", Token));
        Assert.Equal(("provenance/prüf bericht.json", 2L), (file.Path, file.Size));
        Assert.Empty(run.Refusals);
        Assert.Single(await Client.FindRunsAsync(run.ExperimentId!, "dv.run.uuid", facts.RunUuid, Token));
    }

    [Fact]
    public async Task Numbers_come_back_as_they_went()
    {
        MlflowRunInfo run = await NewRunAsync();
        double[] values = [0.1, -0.0, double.Epsilon, double.MaxValue, 1.0 / 3, 123456789012345680, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        await Client.LogMetricsAsync(run.RunId, [.. values.Select((v, i) => new MlflowPoint($"m{i}", v, 1, -i))], Token);

        IReadOnlyList<MlflowPoint> back = (await Client.GetRunAsync(run.RunId, Token)).Metrics;
        Assert.Equal(values.Length, back.Count);
        foreach (MlflowPoint point in back)
        {
            double sent = values[int.Parse(point.Name[1..], System.Globalization.CultureInfo.InvariantCulture)];
            // SQL stores keep infinities as the greatest finite numbers.
            Assert.Equal(double.IsInfinity(sent) ? Math.CopySign(double.MaxValue, sent) : sent, point.Value);
        }
    }

    [Fact]
    public async Task A_point_that_is_sent_twice_is_there_once()
    {
        MlflowRunInfo run = await NewRunAsync();
        await Client.LogMetricsAsync(run.RunId, MlflowBox.Points(10), Token);
        await Client.LogMetricsAsync(run.RunId, MlflowBox.Points(10), Token);

        Assert.Equal(10, (await Client.GetMetricHistoryAsync(run.RunId, "loss", Token)).Count);
    }

    [Fact]
    public async Task A_param_that_the_trainer_logged_otherwise_stays_and_ours_becomes_a_tag()
    {
        MlflowFacts facts = Facts with { Params = Enumerable.Range(0, 130).ToDictionary(i => $"p{i}", i => $"{i}") };
        await using var run = new MlflowRun(Client, facts, TimeProvider.System);
        await run.StartAsync(Limit, Token);
        await Client.LogParamsAsync(run.RunId!, [new("epochs", "7"), new("lr", "0.5")], Token);
        await run.LogParamsAsync(new Dictionary<string, string> { ["a"] = "1", ["epochs"] = "8", ["b"] = "2", ["lr"] = "0.1" }, Token);
        await run.FinishAsync(MlflowStatus.Finished, facts.StartTime, Limit, Token);

        MlflowRunInfo there = await Client.GetRunAsync(run.RunId!, Token);
        Assert.Equal(("7", "0.5", "1", "2"), (there.Params["epochs"], there.Params["lr"], there.Params["a"], there.Params["b"]));
        Assert.Equal(("8", "0.1"), (there.Tags["dv.param.epochs"], there.Tags["dv.param.lr"]));
        Assert.Equal(134, there.Params.Count);
        Assert.False(run.IsBehind);
    }

    [Fact]
    public async Task What_is_too_long_is_cut_visibly_and_names_that_no_server_takes_are_changed_and_kept()
    {
        MlflowFacts facts = Facts with
        {
            Params = new Dictionary<string, string> { ["long"] = new('x', 6001), ["a b$"] = "1", ["../x"] = "2", [new('k', 300)] = "3", ["empty"] = "" },
            Tags = new Dictionary<string, string> { ["long"] = new('y', 9000), ["nul"] = "a\0b", ["half"] = "a\ud800b", ["x//y"] = "z" },
            Datasets = [new MlflowDataset(new('n', 600), new('a', 64), new('s', 70_000))],
        };
        await using var run = new MlflowRun(Client, facts, TimeProvider.System);
        await run.StartAsync(Limit, Token);
        await run.LogMetricsAsync([new("loss%", 1, 1, 1)], Token);
        Assert.True(await run.FinishAsync(MlflowStatus.Finished, facts.StartTime, Limit, Token), run.LastProblem);

        Assert.Empty(run.Refusals);
        MlflowRunInfo there = await Client.GetRunAsync(run.RunId!, Token);
        Assert.Equal(6000, there.Params["long"].Length);
        Assert.EndsWith("whole value in provenance/)", there.Params["long"], StringComparison.Ordinal);
        Assert.Equal(8000, there.Tags["long"].Length);
        foreach ((string name, string value) in new[] { ("a b$", "1"), ("../x", "2"), (new string('k', 300), "3") })
        {
            Assert.Equal(value, there.Params[MlflowLimits.MapKey(name)]);
            Assert.Equal(name, there.Tags[$"dv.name.{MlflowLimits.MapKey(name)}"]);
        }
        Assert.Equal("loss%", there.Tags[$"dv.name.{there.Metrics.Single().Name}"]);
        Assert.Equal(("a\ufffdb", "a\ufffdb"), (there.Tags["nul"], there.Tags["half"]));
        Assert.Equal("z", there.Tags[MlflowLimits.MapKey("x//y")]);
    }

    [Fact]
    public async Task A_model_is_registered_once_with_its_alias_and_its_hash()
    {
        string name = $"dv-test-{Guid.NewGuid():N}";
        await using var run = new MlflowRun(Client, Facts, TimeProvider.System);
        await run.StartAsync(Limit, Token);
        var model = new MlflowModel(name, $"runs:/{run.RunId}/model", "champion", "abc123");

        string? first = await run.RegisterModelAsync(model, Token);
        string? again = await run.RegisterModelAsync(model, Token);
        string? other = await run.RegisterModelAsync(model with { Sha256 = "def456" }, Token);
        await run.RegisterModelAsync(model, Token);

        Assert.Equal(("1", "1", "2"), (first, again, other));
        Assert.Equal("2", (await Client.FindAliasAsync(name, "champion", Token))!.Version);
        Assert.Equal("abc123", (await Client.FindModelVersionAsync(name, "1", Token))!.Tags["dv.model.sha256"]);
        Assert.Null(await Client.FindModelVersionAsync(name, "9", Token));
        Assert.Null(await Client.FindAliasAsync(name, "nobody", Token));
        Assert.Equal($"{run.ArtifactUri}/model", await Client.GetDownloadUriAsync(name, "1", Token));
        MlflowException reserved = await Assert.ThrowsAsync<MlflowException>(() => Client.SetAliasAsync(name, "latest", "1", Token));
        Assert.Contains("reserved", reserved.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registered_model_says_its_aliases_and_tags()
    {
        string name = $"dv-test-{Guid.NewGuid():N}";
        Assert.Null(await Client.FindRegisteredModelAsync(name, Token));
        Assert.True((await Assert.ThrowsAsync<MlflowException>(() => Client.SetRegisteredModelTagAsync(name, "dv.alias.champion.previous", "none 1", Token))).IsMissing);
        await Client.EnsureRegisteredModelAsync(name, Token);
        await Client.CreateModelVersionAsync(name, "s3://bucket/models/abc", null, new Dictionary<string, string>(), Token);
        Assert.Empty((await Client.FindRegisteredModelAsync(name, Token))!.Aliases);

        await Client.SetAliasAsync(name, "champion", "1", Token);
        await Client.SetRegisteredModelTagAsync(name, "dv.alias.champion.previous", "none 1", Token);
        await Client.SetRegisteredModelTagAsync(name, "dv.alias.champion.previous", "1 2", Token);

        MlflowRegisteredModel model = (await Client.FindRegisteredModelAsync(name, Token))!;
        Assert.Equal((name, "1", "1 2"), (model.Name, model.Aliases["champion"], model.Tags["dv.alias.champion.previous"]));
        Assert.Equal("READY", (await Client.FindModelVersionAsync(name, "1", Token))!.Status);
        Assert.Equal(400, (await Assert.ThrowsAsync<MlflowException>(() => Client.TransitionStageAsync(name, "1", "Archived", archiveExisting: true, Token))).StatusCode);
    }

    [Fact]
    public async Task Stages_still_work()
    {
        string name = $"dv-test-{Guid.NewGuid():N}";
        await Client.EnsureRegisteredModelAsync(name, Token);
        await Client.EnsureRegisteredModelAsync(name, Token);
        await Client.CreateModelVersionAsync(name, "s3://bucket/models/abc", null, new Dictionary<string, string>(), Token);
        await Client.CreateModelVersionAsync(name, "dv://bucket/models/def", null, new Dictionary<string, string>(), Token);

        Assert.Empty(await Client.GetLatestVersionsAsync(name, ["Production"], Token));
        await Client.TransitionStageAsync(name, "1", "production", archiveExisting: false, Token);
        await Client.TransitionStageAsync(name, "2", "Production", archiveExisting: true, Token);

        Assert.Equal("2", Assert.Single(await Client.GetLatestVersionsAsync(name, ["Production"], Token)).Version);
        Assert.Equal("Archived", (await Client.FindModelVersionAsync(name, "1", Token))!.Stage);
        Assert.Equal("dv://bucket/models/def", await Client.GetDownloadUriAsync(name, "2", Token));
        Assert.Equal(400, (await Assert.ThrowsAsync<MlflowException>(() => Client.TransitionStageAsync(name, "1", "Prod", false, Token))).StatusCode);
        Assert.True((await Assert.ThrowsAsync<MlflowException>(() => Client.GetLatestVersionsAsync($"{name}-no", [], Token))).IsMissing);
    }

    [Fact]
    public async Task An_artifact_is_replaced_and_a_large_one_with_the_same_hash_is_left()
    {
        await using var run = new MlflowRun(Client, Facts, TimeProvider.System);
        await run.StartAsync(Limit, Token);
        byte[] bytes = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        int opened = 0;
        MlflowUpload Model(string sha256) => new("model/model.onnx", bytes.Length, _ =>
        {
            opened++;
            return Task.FromResult<Stream>(new MemoryStream(bytes));
        }, sha256);

        Assert.True(await run.UploadArtifactAsync(Model(hash), Token), run.LastProblem);
        Assert.True(await run.UploadArtifactAsync(Model(hash), Token), run.LastProblem);
        Assert.Equal(1, opened);
        // Another model has the same size: only the hash tells them apart.
        Assert.True(await run.UploadArtifactAsync(Model(new string('0', 64)), Token), run.LastProblem);
        Assert.Equal(2, opened);
        Assert.Equal(bytes.Length, Assert.Single(await Client.ListArtifactsAsync(run.RunId!, "model", Token)).Size);
        Assert.Empty(await Client.ListArtifactsAsync(run.RunId!, "nothing", Token));
    }

    [Fact]
    public async Task A_replay_gives_what_the_live_run_gives_however_often()
    {
        MlflowFacts facts = Facts;
        string model = $"dv-test-{Guid.NewGuid():N}";
        MlflowReplayed first = null!;
        for (int i = 0; i < 2; i++)
        {
            MlflowReplayed replayed = await new MlflowReplay(Client).RunAsync(History(facts, model), Token);
            first = i == 0 ? replayed : first;
            Assert.Equal(first.RunId, replayed.RunId);
        }
        Assert.Equal(1500, (await Client.GetMetricHistoryAsync(first.RunId, "loss", Token)).Count);
        Assert.Equal("KILLED", (await Client.GetRunAsync(first.RunId, Token)).Status);
        Assert.Single(await Client.FindRunsAsync(first.ExperimentId, "dv.run.uuid", facts.RunUuid, Token));
        Assert.Single(await Client.FindModelVersionsAsync(model, Token));
    }

    [Fact]
    public async Task A_run_that_is_not_there_is_a_typed_error()
    {
        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => Client.GetRunAsync(new string('0', 32), Token));

        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST", ErrorKind.Remote), (error.StatusCode, error.ErrorCode, error.Kind));
    }

    internal static MlflowHistory History(MlflowFacts facts, string model) => new()
    {
        Facts = facts,
        Points = MlflowBox.Points(1500).ToAsyncEnumerable(),
        Artifacts = [MlflowBox.Upload("provenance/provenance.json", "{}"u8.ToArray())],
        Models = [run => new MlflowModel(model, $"{run.ArtifactUri}/model", "champion", "abc")],
        Status = MlflowStatus.Killed,
        EndTime = facts.StartTime.AddHours(1),
    };

    private async Task<MlflowRunInfo> NewRunAsync()
    {
        MlflowExperiment experiment = await Client.EnsureExperimentAsync(_experiment, Token);
        return await Client.CreateRunAsync(experiment.Id, DateTimeOffset.UnixEpoch.AddDays(20_000), null, new Dictionary<string, string>(), Token);
    }
}
