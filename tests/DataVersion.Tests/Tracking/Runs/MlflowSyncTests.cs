using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;
using Xunit;

namespace DataVersion.Tests.Tracking.Runs;

/// <summary>A run that MLflow missed is brought to it from its record, once.</summary>
public sealed class MlflowSyncTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MlflowServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private RunStore Store => new(_folder.At("runs"));

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_run_is_sent_whole_and_a_second_time_changes_nothing()
    {
        RunRecord record = Keep();
        var sync = new MlflowSync(Store, _folder.At("workspace"));
        using MlflowHttp http = Connect();
        var client = new MlflowClient(http);

        SyncedRun first = await sync.SendAsync(client, Assert.Single(sync.FindPending()), Token);
        Assert.Empty(sync.FindPending());
        SyncedRun second = await sync.SendAsync(client, record, Token);

        Assert.Equal((4L, true), (first.Points, first.HasOutputs));
        Assert.Equal(first.Record.Mlflow!.RunId, second.Record.Mlflow!.RunId);
        Assert.Equal("1", second.Record.Mlflow.ModelVersion);
        MlflowRunInfo run = await client.GetRunAsync(first.Record.Mlflow.RunId!, Token);
        Assert.Equal(("FINISHED", record.RunUuid, "0.1"), (run.Status, run.Tags["dv.run.uuid"], run.Params["lr"]));
        Assert.Equal(3, (await client.GetMetricHistoryAsync(run.RunId, "loss", Token)).Count);
        Assert.Contains(await client.ListArtifactsAsync(run.RunId, "provenance", Token), a => a.Path == "provenance/provenance.json");
        Assert.Contains(await client.ListArtifactsAsync(run.RunId, "outputs/models", Token), a => a.Path == "outputs/models/model.onnx");
        Assert.Single(await client.FindRunsAsync(run.ExperimentId, "dv.run.uuid", record.RunUuid, Token));
    }

    [Fact]
    public async Task Where_the_server_is_still_away_the_run_stays_pending()
    {
        Keep();
        var sync = new MlflowSync(Store, _folder.At("workspace"));
        MlflowSettings settings = MlflowSettings.From(new Dictionary<string, string> { ["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:9", ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0" }, null)!;
        using var http = new MlflowHttp(settings, TimeProvider.System);

        await Assert.ThrowsAsync<MlflowException>(() => sync.SendAsync(new MlflowClient(http), sync.FindPending()[0], Token));

        Assert.Single(sync.FindPending());
    }

    [Fact]
    public async Task Outputs_that_are_gone_are_said_and_no_model_is_made_of_them()
    {
        Keep();
        Directory.Delete(_folder.At("workspace"), recursive: true);
        using MlflowHttp http = Connect();
        var sync = new MlflowSync(Store, _folder.At("workspace"));

        SyncedRun run = await sync.SendAsync(new MlflowClient(http), sync.FindPending()[0], Token);

        Assert.False(run.HasOutputs);
        Assert.Null(run.Record.Mlflow!.ModelVersion);
    }

    private RunRecord Keep()
    {
        RunRecord record = SampleRecords.Full() with
        {
            Key = null,
            Attempt = 1,
            Outputs = [SampleRecords.Full().Outputs[0] with { Files = [new OutputFile("model.onnx", SampleRecords.Hash('4'), 5, null)], Nfiles = 1 }],
            Mlflow = new TrackingFacts { TrackingUri = _server.Address, Experiment = "fraud", ModelName = "fraud", LogOutputs = true, Delivered = false, Problem = "down" },
        };
        Store.Save(record);
        Store.Save(record.RunUuid, DocumentNames.Metrics, "{\"name\":\"loss\",\"value\":1,\"step\":0}\n{\"name\":\"loss\",\"value\":0.5,\"step\":1}\nno metric\n{\"step\":2,\"loss\":0.25,\"auc\":0.9}\n"u8);
        Directory.CreateDirectory(_folder.At("workspace/models"));
        File.WriteAllText(_folder.At("workspace/models/model.onnx"), "12345");
        return record;
    }

    private MlflowHttp Connect() => new(MlflowSettings.From(new Dictionary<string, string> { ["MLFLOW_TRACKING_URI"] = _server.Address }, null)!, TimeProvider.System);
}
