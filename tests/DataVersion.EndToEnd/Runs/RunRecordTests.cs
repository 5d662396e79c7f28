using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Where records go, and what becomes of them where a remote does not take them.</summary>
public class RunRecordTests(RunTemplate template)
{
    private static readonly string[] OneFile = ["--data", "data/extra.csv"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_remote_that_takes_no_record_stops_nothing_and_gets_it_later()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Clone, "pull");
        await AsNobody.GiveAsync(scene.Sandbox);
        await scene.Sandbox.RunAsync("chmod", scene.Sandbox.Root, ["-R", "a-w", scene.Sandbox.At("storage")]);

        Ran ran = await AsNobody.DvAsync(scene.Sandbox, scene.Clone, ["run", .. OneFile, "--", "sh", "-c", "cat data/extra.csv"]);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal("a,b\n1,2\n", ran.Output);
        Assert.Contains("the record of the run is kept here only", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("dv runs sync", ran.Errors, StringComparison.Ordinal);
        Assert.Empty(RunScene.Runs(scene.RemoteRuns));
        Ran required = await AsNobody.DvAsync(scene.Sandbox, scene.Clone, ["run", .. OneFile, "--require-record", "--", "sh", "-c", "touch $SIGNS/started"]);
        scene.AssertRefused(required, 69, "no remote takes the record of the run");
        Ran failing = await AsNobody.DvAsync(scene.Sandbox, scene.Clone, "runs", "sync");
        Assert.True(failing.ExitCode == 3, failing.ToString());

        await scene.Sandbox.RunAsync("chmod", scene.Sandbox.Root, ["-R", "u+w", scene.Sandbox.At("storage")]);
        JsonElement sent = RunScene.Json((await AsNobody.DvAsync(scene.Sandbox, scene.Clone, "runs", "sync", "--json")).Output);
        IReadOnlyList<string> here = RunScene.Runs(RunScene.RunsOf(scene.Clone));
        Assert.Equal(here.Select(Path.GetFileName), sent.GetProperty("sent").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(2, here.Count);
        RunHashes.AssertOnRemote(here[0], scene.RemoteRuns);
        Assert.Equal(0, RunScene.Json((await AsNobody.DvAsync(scene.Sandbox, scene.Clone, "runs", "sync", "--json")).Output).GetProperty("sent").GetArrayLength());
    }

    [Fact]
    public async Task A_remote_that_is_gone_at_the_end_fails_the_run_only_where_the_record_is_required()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        const string Breaks = "mv ../storage ../gone; touch ../storage";
        const string Mends = "rm ../storage; mv ../gone ../storage";

        Ran lenient = await scene.RunAsync(OneFile, Breaks);
        await scene.Sandbox.RunAsync("sh", scene.Clone, ["-c", Mends]);
        Ran strict = await scene.RunAsync([.. OneFile, "--require-record"], Breaks);
        await scene.Sandbox.RunAsync("sh", scene.Clone, ["-c", Mends]);
        Ran failing = await scene.RunAsync([.. OneFile, "--require-record"], $"{Breaks}; exit 3");
        await scene.Sandbox.RunAsync("sh", scene.Clone, ["-c", Mends]);

        Assert.True(lenient.ExitCode == 0, lenient.ToString());
        Assert.True(strict.ExitCode == 69, strict.ToString());
        // The trainer's own failure is what its user has to know.
        Assert.True(failing.ExitCode == 3, failing.ToString());
        // On the remote they are still said to run: that is mended, too.
        Assert.All(RunScene.Runs(scene.RemoteRuns), r => Assert.Equal("running", RunScene.ReadRecord(r).Text("stage")));
        await scene.Sandbox.DvOkAsync(scene.Clone, "runs", "sync");
        Assert.DoesNotContain("running", RunScene.Runs(scene.RemoteRuns).Select(r => RunScene.ReadRecord(r).Text("stage")));
    }

    [Fact]
    public async Task The_code_that_a_run_ended_with_is_the_code_in_its_record_also_where_the_record_was_required()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        Ran strict = await scene.RunAsync([.. OneFile, "--require-record"], "mv ../storage ../gone; touch ../storage");

        Assert.True(strict.ExitCode == 69, strict.ToString());
        Assert.Equal("69", scene.LastRecord().Text("exitCode"));
        Assert.Equal("failed:finalize", scene.LastRecord().Text("stage"));
        Assert.Contains("no remote takes the record", scene.LastRecord().Text("error"), StringComparison.Ordinal);
        await scene.Sandbox.RunAsync("sh", scene.Clone, ["-c", "rm ../storage; mv ../gone ../storage"]);
        await scene.Sandbox.DvOkAsync(scene.Clone, "runs", "sync");
        RunHashes.AssertOnRemote(RunScene.Runs(RunScene.RunsOf(scene.Clone))[^1], scene.RemoteRuns);
    }

    [Fact]
    public async Task Records_may_go_to_another_remote_than_the_data()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Clone, "remote", "add", "ledger", scene.Sandbox.At("ledger"));
        await scene.Sandbox.DvOkAsync(scene.Clone, "config", "run.remote", "ledger");
        await scene.Sandbox.CommitAsync(scene.Clone, "ledger");

        await scene.RunOkAsync([.. OneFile, "-o", "models"], "echo model > models");

        Assert.False(Directory.Exists(scene.RemoteRuns));
        RunHashes.AssertOnRemote(RunScene.Runs(RunScene.RunsOf(scene.Clone))[0], scene.Sandbox.At("ledger/dvstore/v1/runs"));
        Assert.False(Directory.Exists(scene.Sandbox.At("ledger/dvstore/v1/objects")));
        string other = await scene.Sandbox.CloneAsync(scene.Clone, "other");
        Assert.Equal("complete", RunScene.Json((await scene.Sandbox.DvOkAsync(other, "runs", "--json")).Output).Text("runs.0.state"));
    }

    [Fact]
    public async Task A_remote_that_came_with_the_repository_and_that_nobody_trusted_gets_neither_record_nor_outputs()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        scene.Sandbox.Set("DV_TRUST_REMOTE", "");

        Ran outputs = await scene.RunAsync([.. OneFile, "-o", "models"], "echo model > models");
        Ran kept = await scene.RunAsync([.. OneFile, "-o", "models", "--no-push"], "echo model > models");

        Assert.True(outputs.ExitCode == 78, outputs.ToString());
        Assert.Contains("dv remote trust storage", outputs.Errors, StringComparison.Ordinal);
        Assert.True(kept.ExitCode == 0, kept.ToString());
        Assert.Contains("the record of the run is kept here only", kept.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(scene.RemoteRuns));
        await scene.Sandbox.DvOkAsync(scene.Clone, "remote", "trust", "storage");
        await scene.Sandbox.DvOkAsync(scene.Clone, "runs", "sync");
        Assert.Equal(["failed:preflight", "complete"], RunScene.Runs(scene.RemoteRuns).Select(r => RunScene.ReadRecord(r).Text("stage")));
    }

    [Fact]
    public async Task A_run_under_way_is_listed_as_running_by_others()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using RunningDv dv = scene.Start(OneFile, "touch $SIGNS/ready; while [ ! -e $SIGNS/go ]; do sleep 0.05; done");
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));

        JsonElement runs = RunScene.Json((await scene.Sandbox.DvOkAsync(scene.Source, "runs", "--json")).Output);
        await File.WriteAllTextAsync(Path.Combine(scene.Signs, "go"), "", Cancel);
        Ran ran = await dv.EndAsync();

        Assert.Equal("running", runs.Text("runs.0.state"));
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal("complete", RunScene.Json((await scene.Sandbox.DvOkAsync(scene.Source, "runs", "--json")).Output).Text("runs.0.state"));
    }
}
