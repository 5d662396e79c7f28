using System.Text.Json;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>What an MLflow server gets to know of a run, and what a run makes of one that is not there.</summary>
public class RunMlflowTests(RunTemplate template)
{
    private static readonly string[] OneFile = ["--data", "data/extra.csv"];

    private const string Metrics = "for i in 1 2 3; do echo \"{\\\"name\\\":\\\"loss\\\",\\\"value\\\":0.$i,\\\"step\\\":$i}\" >> $DV_METRICS; done; echo model > models; ";

    [Fact]
    public async Task The_server_gets_all_of_a_run_and_the_trainer_logs_to_the_same_one()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new MlflowServer();
        await scene.CommitFileAsync("log.py", """
            import json, os, urllib.request
            def post(path, body):
                request = urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
                return urllib.request.urlopen(request).read()
            run = os.environ["MLFLOW_RUN_ID"]
            post("runs/log-batch", {"run_id": run, "metrics": [{"key": "own", "value": 5, "timestamp": 1, "step": 0}], "params": [{"key": "depth", "value": "9"}]})
            post("runs/update", {"run_id": run, "status": "FINISHED"})
            """);

        await scene.RunOkAsync(
            [.. OneFile, "-o", "models", "--experiment", "tests", "--name", "first", "--log-outputs", "-p", "lr=0.1", "-p", "seed=4"],
            $"{Metrics} {RunScene.Python} log.py", ("MLFLOW_TRACKING_URI", server.Address));

        MlflowServerRun run = Assert.Single(server.State.ActiveRuns);
        JsonElement record = scene.LastRecord();
        Assert.Equal(("FINISHED", "first", "tests"), (run.Status, run.Name, server.State.Experiments[run.ExperimentId].Name));
        Assert.Equal([0.1, 0.2, 0.3, 5], run.Points.Select(p => p.Value).Order());
        Assert.Equal(("0.1", "4", "9", record.Text("code.commit")), (run.Params["lr"], run.Params["seed"], run.Params["depth"], run.Params["git_commit"]));
        MlflowServerDataset input = Assert.Single(run.Inputs);
        Assert.Equal(("data/extra.csv", record.Text("data.0.hash")![..36], "dv"), (input.Name, input.Digest, input.SourceType));
        Assert.Equal(record.Text("data.0.hash"), RunScene.Json(input.Source).Text("hash"));
        Assert.Equal((record.Text("runUuid"), record.Text("code.commit"), record.Text("dataDigest")), (run.Tags["dv.run.uuid"], run.Tags["mlflow.source.git.commit"], run.Tags["dv.data.digest"]));
        Assert.Equal((run.Id, "True", server.Address), (record.Text("mlflow.runId"), record.Text("mlflow.delivered"), record.Text("mlflow.trackingUri")));
        string[] artifacts = [.. server.State.Artifacts.Keys.Select(k => k[(k.IndexOf("/artifacts/", StringComparison.Ordinal) + "/artifacts/".Length)..])];
        Assert.Superset(new HashSet<string> { "provenance/provenance.json", "provenance/statement.intoto.json", "provenance/metrics.jsonl", "provenance/environment.json", "provenance/data.manifest.json", "outputs/models" }, artifacts.ToHashSet());
        string tagged = run.Tags["dv.provenance.sha256"];
        byte[] uploaded = server.State.Artifacts.Single(a => a.Key.EndsWith("provenance.json", StringComparison.Ordinal)).Value.Bytes!;
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(uploaded)), tagged);
    }

    [Fact]
    public async Task A_run_whose_required_record_no_remote_takes_has_failed_for_the_server_too()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new MlflowServer();

        Ran ran = await scene.RunAsync([.. OneFile, "--require-record"], "mv ../storage ../gone; touch ../storage", ("MLFLOW_TRACKING_URI", server.Address));

        Assert.True(ran.ExitCode == 69, ran.ToString());
        Assert.Equal("FAILED", Assert.Single(server.State.ActiveRuns).Status);
        byte[] uploaded = server.State.Artifacts.Single(a => a.Key.EndsWith("provenance.json", StringComparison.Ordinal)).Value.Bytes!;
        Assert.Equal("failed:finalize", RunScene.Json(System.Text.Encoding.UTF8.GetString(uploaded)).Text("stage"));
    }

    [Fact]
    public async Task A_failure_and_a_stop_are_said_and_the_next_attempt_reopens_the_run()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new MlflowServer();
        (string, string)[] variables = [("MLFLOW_TRACKING_URI", server.Address), ("DV_RUN_KEY", "job-1")];

        Ran failed = await scene.RunAsync([.. OneFile, "-p", "lr=1"], "echo $MLFLOW_RUN_ID > $SIGNS/first; exit 5", variables);
        Assert.True(failed.ExitCode == 5, failed.ToString());
        Assert.Equal("FAILED", Assert.Single(server.State.ActiveRuns).Status);
        Ran second = await scene.RunOkAsync([.. OneFile, "-p", "lr=2"], "echo $MLFLOW_RUN_ID > $SIGNS/second", variables);

        MlflowServerRun run = Assert.Single(server.State.ActiveRuns);
        Assert.Equal("FINISHED", run.Status);
        Assert.Equal((run.Id, run.Id), (scene.Sign("first"), scene.Sign("second")));
        // What was logged first cannot be changed; what is true now is in a tag.
        Assert.Equal(("1", "2"), (run.Params["lr"], run.Tags["dv.param.lr"]));
        using RunningDv dv = scene.Start(OneFile, "touch $SIGNS/ready; while :; do sleep 0.05; done", ("MLFLOW_TRACKING_URI", server.Address));
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));
        Assert.Equal("RUNNING", server.State.ActiveRuns.Single(r => r.Id != run.Id).Status);
        await dv.SignalAsync("TERM");
        Ran stopped = await dv.EndAsync();
        Assert.True(stopped.ExitCode == 143, stopped.ToString());
        Assert.Equal("KILLED", server.State.ActiveRuns.Single(r => r.Id != run.Id).Status);
    }

    [Fact]
    public async Task A_server_that_is_down_stops_no_training_and_gets_all_of_it_once_when_it_is_back()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        int port = FreePort();
        (string, string) uri = ("MLFLOW_TRACKING_URI", $"http://127.0.0.1:{port}");

        Ran ran = await scene.RunOkAsync([.. OneFile, "-o", "models", "-p", "lr=0.1", "--log-outputs"], Metrics, uri, ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));

        Assert.Contains("dv mlflow sync", ran.Errors, StringComparison.Ordinal);
        Assert.Equal("False", scene.LastRecord().Text("mlflow.delivered"));
        Assert.NotNull(scene.LastRecord().Text("mlflow.problem"));
        using var server = new MlflowServer(new MlflowServerOptions { Port = port });
        for (int i = 0; i < 2; i++)
        {
            Ran sync = await scene.Sandbox.RunAsync(DvProgram.FilePath, scene.Clone, ["mlflow", "sync", "--json"], uri);
            Assert.True(sync.ExitCode == 0, sync.ToString());
            Assert.Equal(1 - i, RunScene.Json(sync.Output).GetProperty("sent").GetArrayLength());
        }
        MlflowServerRun run = Assert.Single(server.State.ActiveRuns);
        Assert.Equal(("FINISHED", "0.1", 3), (run.Status, run.Params["lr"], run.History.Count));
        Assert.Contains(server.State.Artifacts.Keys, k => k.EndsWith("outputs/models", StringComparison.Ordinal));
        Assert.Equal("True", scene.LastRecord().Text("mlflow.delivered"));
    }

    [Fact]
    public async Task A_server_that_is_required_and_down_ends_the_run_before_the_trainer()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        (string, string)[] variables = [("MLFLOW_TRACKING_URI", $"http://127.0.0.1:{FreePort()}"), ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")];

        scene.AssertRefused(await scene.RunAsync(OneFile, "touch $SIGNS/started", [.. variables, ("DV_MLFLOW", "require")]), 69, "127.0.0.1");
        Assert.Equal("failed:tracking start", scene.LastRecord().Text("stage"));
        await scene.RunOkAsync(OneFile, "true", [.. variables, ("DV_MLFLOW", "off")]);
        Assert.Null(scene.LastRecord().Text("mlflow.trackingUri"));
    }

    [Fact]
    public async Task A_model_is_registered_with_its_hash_and_alias()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new MlflowServer();

        await scene.RunOkAsync([.. OneFile, "-o", "models", "--register", "classifier", "--alias", "best"], "mkdir models; echo onnx > models/model.onnx", ("MLFLOW_TRACKING_URI", server.Address));

        MlflowServerVersion version = Assert.Single(server.State.Models["classifier"]);
        JsonElement record = scene.LastRecord();
        MlflowServerRun run = Assert.Single(server.State.ActiveRuns);
        Assert.Equal((run.Id, $"runs:/{run.Id}/outputs/models", record.Text("outputs.0.sha256")), (version.RunId, version.Source, version.Tags["dv.model.sha256"]));
        Assert.Equal(1, server.State.Aliases[("classifier", "best")]);
        Assert.Equal("1", record.Text("mlflow.modelVersion"));
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
