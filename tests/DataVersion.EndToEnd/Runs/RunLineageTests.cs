using System.Diagnostics;
using System.Text.Json;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>The events that an OpenLineage server gets of a run.</summary>
public class RunLineageTests(RunTemplate template)
{
    private static readonly string[] OneFile = ["--data", "data/extra.csv"];

    [Fact]
    public async Task A_server_hears_of_the_start_and_of_each_kind_of_end()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new FakeHttpServer(_ => new FakeAnswer(201, []));
        (string, string)[] variables = [("OPENLINEAGE_URL", server.Address), ("OPENLINEAGE_API_KEY", "key-of-lineage-4711")];

        await scene.RunOkAsync([.. OneFile, "-o", "models"], "echo model > models", variables);
        Ran failed = await scene.RunAsync([.. OneFile, "-o", "models"], "exit 4", variables);
        using RunningDv dv = scene.Start([.. OneFile, "-o", "models"], "touch $SIGNS/ready; while :; do sleep 0.05; done", variables);
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));
        await dv.SignalAsync("TERM");
        await dv.EndAsync();

        JsonElement[] events = [.. server.Requests.Select(r => RunScene.Json(System.Text.Encoding.UTF8.GetString(r.Body)))];
        Assert.Equal(["START", "COMPLETE", "START", "FAIL", "START", "ABORT"], events.Select(e => e.Text("eventType")));
        Assert.All(server.Requests, r => Assert.Equal(("/api/v1/lineage", "Bearer key-of-lineage-4711"), (r.Path, r.Header("Authorization"))));
        JsonElement done = RunScene.ReadRecord(RunScene.Runs(RunScene.RunsOf(scene.Clone))[0]);
        Assert.Equal(done.Text("runUuid"), events[0].Text("run.runId"));
        Assert.Equal(done.Text("runUuid"), events[1].Text("run.runId"));
        Assert.Equal("data/extra.csv", events[1].Text("inputs.0.name"));
        Assert.Equal("models", events[1].Text("outputs.0.name"));
        Assert.Contains(done.Text("data.0.hash")!, events[1].Text("inputs.0"), StringComparison.Ordinal);
        Assert.Contains("the trainer ended with 4", events[3].Text("run.facets"), StringComparison.Ordinal);
        Assert.DoesNotContain("4711", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_refuses_or_is_not_there_costs_nothing_but_a_warning()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new FakeHttpServer(_ => FakeAnswer.Text(400, "no"));
        var watch = Stopwatch.StartNew();

        Ran refused = await scene.RunOkAsync(OneFile, "true", ("OPENLINEAGE_URL", server.Address));
        Ran dead = await scene.RunOkAsync(OneFile, "true", ("OPENLINEAGE_URL", "http://127.0.0.1:9"));

        Assert.Contains("warning: OpenLineage", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("warning: OpenLineage", dead.Errors, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"it took {watch.Elapsed}");
        Assert.Equal("complete", scene.LastRecord().Text("stage"));
    }
}
