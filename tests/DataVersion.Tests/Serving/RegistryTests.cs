using System.Net;
using System.Text.Json.Nodes;
using DataVersion.Testing.Models;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using Xunit;

namespace DataVersion.Tests.Serving;

public class RegistryTests
{
    private readonly TinyModel _first = new();
    private readonly TinyModel _second = new(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("models:/fraud/1", true)]
    [InlineData("models:/fraud/Production", true)]
    [InlineData("models:/fraud/staging", false)]
    [InlineData("models:/fraud/latest", false)]
    [InlineData("models:/fraud@champion", true)]
    public async Task A_registered_version_is_found_by_number_stage_and_alias(string uri, bool first)
    {
        using var registry = new RegistrySandbox();
        string one = await registry.RegisterAsync(_first);
        string two = await registry.RegisterAsync(_second);
        await registry.Client.TransitionStageAsync(RegistrySandbox.Model, one, "Production", true, Token);
        await registry.Client.TransitionStageAsync(RegistrySandbox.Model, two, "Staging", true, Token);
        await registry.SetAliasAsync("champion", one);

        await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", uri), .. registry.Variables]);

        JsonNode model = await server.GetJsonAsync("/model");
        Assert.Equal((first ? _first : _second).Sha256, model["sha256"]!.GetValue<string>());
        Assert.Equal(first ? "1" : "2", model["version"]!.GetValue<string>());
        Assert.Equal("fraud", model["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_model_tells_the_run_the_commit_and_the_data_that_it_comes_from()
    {
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first);

        await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", "models:/fraud/1"), .. registry.Variables]);

        JsonNode lineage = (await server.GetJsonAsync("/model"))["lineage"]!;
        Assert.Equal(registry.Server.State.ActiveRuns[0].Id, lineage["mlflowRun"]!.GetValue<string>());
        Assert.Equal("brave-fox", lineage["runName"]!.GetValue<string>());
        Assert.Equal("u-1", lineage["runUuid"]!.GetValue<string>());
        Assert.Equal(new string('c', 40), lineage["commit"]!.GetValue<string>());
        Assert.Equal(new string('d', 40), lineage["dataCommit"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_run_s_artifacts_are_reached_by_run_and_by_path()
    {
        using var registry = new RegistrySandbox();
        MlflowRunInfo run = await registry.UploadAsync(_first);
        foreach (string uri in new[] { $"runs:/{run.RunId}/outputs/model", $"{run.ArtifactUri}/outputs/model", $"runs:/{run.RunId}/outputs/model/model.onnx" })
        {
            await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", uri), .. registry.Variables]);

            JsonNode model = await server.GetJsonAsync("/model");
            Assert.Equal(_first.Sha256, model["sha256"]!.GetValue<string>());
            Assert.Equal(run.RunId, model["lineage"]!["mlflowRun"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_source_that_names_another_version_is_followed()
    {
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first);
        await registry.RegisterAsync(_first, "models:/fraud/1");

        await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", "models:/fraud/2"), .. registry.Variables]);

        JsonNode model = await server.GetJsonAsync("/model");
        Assert.Equal("2", model["version"]!.GetValue<string>());
        Assert.Equal(_first.Sha256, model["sha256"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("models:/fraud/1", "leads from version to version without end")]
    [InlineData("../elsewhere", "a folder of another machine")]
    public async Task A_source_that_cannot_be_followed_is_refused(string source, string problem)
    {
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first, source);

        await using RunningServer server = await RunningServer.StartAsync([("MODEL_URI", "models:/fraud/1"), .. registry.Variables]);

        await server.WaitAsync(() => Task.FromResult(server.Log.Contains(problem, StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync("/readyz")).Status);
    }

    [Fact]
    public async Task Bytes_that_are_not_those_of_the_registry_are_refused()
    {
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first, hash: _second.Sha256);

        await using RunningServer server = await RunningServer.StartAsync([("MODEL_URI", "models:/fraud/1"), .. registry.Variables]);

        await server.WaitAsync(() => Task.FromResult(server.Log.Contains("is corrupt", StringComparison.Ordinal)));
        Assert.Contains(_second.Sha256, server.Log, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync("/health")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PredictAsync("{}")).Status);
    }

    [Fact]
    public async Task The_registry_may_know_the_hash_of_the_folder()
    {
        using var folder = new Testing.TempFolder();
        _first.WriteTo(folder.At("m"));
        using var known = DataVersion.Serving.Models.ModelFolder.Create(folder.At("known"), 1 << 20);
        foreach (string file in Directory.EnumerateFiles(folder.At("m")))
        {
            await using FileStream source = File.OpenRead(file);
            await known.AddAsync(Path.GetFileName(file), source, executable: false, Token);
        }
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first, hash: (await known.TreeIdAsync(Token)).Hex);

        await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", "models:/fraud/1"), .. registry.Variables]);

        Assert.Equal(_first.Sha256, (await server.GetJsonAsync("/version"))["model"]!["sha256"]!.GetValue<string>());
    }

    [Fact]
    public async Task With_the_registry_down_it_starts_and_recovers()
    {
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first);
        registry.Stop();

        await using RunningServer server = await RunningServer.StartAsync([("MODEL_URI", "models:/fraud/1"), .. registry.Variables]);

        await server.WaitAsync(() => Task.FromResult(server.Log.Contains("model-not-loaded", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/livez")).Status);
        (HttpStatusCode status, string body) = await server.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("loading", JsonNode.Parse(body)!["status"]!.GetValue<string>());
        registry.Restart();
        await server.WaitReadyAsync();
        Assert.Equal(HttpStatusCode.OK, (await server.PredictAsync("{}")).Status);
    }

    [Fact]
    public async Task Replicas_follow_an_alias_that_is_moved()
    {
        using var registry = new RegistrySandbox();
        string one = await registry.RegisterAsync(_first);
        string two = await registry.RegisterAsync(_second);
        await registry.SetAliasAsync("champion", one);
        (string, string)[] variables = [("MODEL_URI", "models:/fraud@champion"), ("MODEL_POLL_SECONDS", "0.1"), .. registry.Variables];
        await using RunningServer a = await RunningServer.StartReadyAsync(variables);
        await using RunningServer b = await RunningServer.StartReadyAsync(variables);
        Assert.Equal("1", (await a.GetJsonAsync("/model"))["version"]!.GetValue<string>());

        await registry.SetAliasAsync("champion", two);

        foreach (RunningServer server in new[] { a, b })
        {
            await server.WaitAsync(async () => (await server.GetJsonAsync("/model"))["version"]!.GetValue<string>() == "2");
            (_, JsonNode answer) = await server.PredictAsync("""{"amount":10}""");
            Assert.Equal(_second.Probability(10), answer["predictions"]![0]!["probability"]!.GetValue<double>(), 1e-6);
        }
    }

    [Fact]
    public async Task While_the_registry_is_away_the_model_that_is_there_answers()
    {
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first);
        await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", "models:/fraud/1"), ("MODEL_POLL_SECONDS", "0.05"), .. registry.Variables]);

        registry.Stop();

        await server.WaitAsync(() => Task.FromResult(server.Log.Contains("model-kept", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/readyz")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PredictAsync("{}")).Status);
    }

    [Fact]
    public async Task Credentials_are_used_and_told_to_nobody()
    {
        const string Secret = "hunter2-hunter2";
        using var registry = new RegistrySandbox(new MlflowServerOptions { Token = Secret });

        await using RunningServer server = await RunningServer.StartAsync(
            [("MODEL_URI", "models:/fraud/1"), ("MLFLOW_TRACKING_TOKEN", Secret), ("ADMIN_TOKEN", "admin-secret"), .. registry.Variables]);

        await server.WaitAsync(() => Task.FromResult(server.Log.Contains("model-not-loaded", StringComparison.Ordinal)));
        Assert.Contains(registry.Server.Requests, r => r.Header("Authorization") == $"Bearer {Secret}");
        foreach (string path in new[] { "/readyz", "/version", "/metrics", "/openapi.json", "/model" })
            Assert.DoesNotContain("secret", (await server.GetAsync(path)).Body, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Secret, server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("admin-secret", server.Log, StringComparison.Ordinal);
    }
}
