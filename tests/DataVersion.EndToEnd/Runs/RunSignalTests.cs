using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Signals to a run: passed on to the trainer, or an end of what goes on while there is none.</summary>
public class RunSignalTests(RunTemplate template)
{
    private static readonly string[] OneFile = ["--data", "data/extra.csv"];

    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("INT", 2)]
    public async Task A_stop_reaches_the_trainer_which_may_end_as_it_likes(string signal, int number)
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using RunningDv dv = scene.Start(OneFile, $"trap 'echo got > $SIGNS/got; exit 7' {signal}; {Ready}");
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));

        await dv.SignalAsync(signal);
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == 7, ran.ToString());
        Assert.Equal("got", scene.Sign("got"));
        AssertKilled(scene, number, 7);
    }

    [Fact]
    public async Task Other_signals_reach_the_trainer_and_end_nothing()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using RunningDv dv = scene.Start(OneFile, $"trap 'echo > $SIGNS/hup' HUP; trap 'echo > $SIGNS/usr1' USR1; trap 'echo > $SIGNS/end; exit 0' USR2; {Ready}");
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));
        foreach (string signal in (string[])["HUP", "USR1"])
        {
            await dv.SignalAsync(signal);
            await dv.AwaitFileAsync(Path.Combine(scene.Signs, signal.ToLowerInvariant()));
        }
        await dv.SignalAsync("USR2");
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.True(File.Exists(Path.Combine(scene.Signs, "end")));
        Assert.Equal("complete", scene.LastRecord().Text("stage"));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    [InlineData("HUP", 129)]
    public async Task A_trainer_that_does_not_expect_a_signal_is_ended_by_it(string signal, int code)
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using RunningDv dv = scene.Start(OneFile, Ready);
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));

        await dv.SignalAsync(signal);
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == code, ran.ToString());
        JsonElement record = scene.LastRecord();
        Assert.Equal($"{code}", record.Text("childExitCode"));
        // A hangup is passed on and ends nothing of ours: the trainer died of it.
        Assert.Equal(signal == "HUP" ? "failed:child" : "killed", record.Text("stage"));
        Assert.Equal($"{code - 128}", record.Text("signal"));
    }

    [Fact]
    public async Task A_trainer_that_ignores_the_stop_is_killed_at_the_end_of_the_grace_with_all_its_processes()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using RunningDv dv = scene.Start(OneFile, $"trap '' TERM; sleep 600 & echo $! > $SIGNS/child; {Ready}", ("DV_GRACE", "2"));
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));
        var watch = Stopwatch.StartNew();

        await dv.SignalAsync("TERM");
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == 137, ran.ToString());
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        AssertKilled(scene, 15, 137);
        Assert.Contains("killed at the end of the grace", scene.LastRecord().Text("error"), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{scene.Sign("child")}"), "a process of the trainer is still there");
    }

    [Fact]
    public async Task A_second_stop_kills_at_once()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using RunningDv dv = scene.Start(OneFile, $"trap 'echo > $SIGNS/term' TERM; {Ready}", ("DV_GRACE", "600"));
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));

        await dv.SignalAsync("TERM");
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "term"));
        await dv.SignalAsync("TERM");
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == 137, ran.ToString());
        AssertKilled(scene, 15, 137);
        // The record still goes out.
        Assert.Equal("killed", RunScene.ReadRecord(RunScene.Runs(scene.RemoteRuns)[^1]).Text("stage"));
    }

    [Fact]
    public async Task A_trainer_that_saved_its_work_and_ended_with_0_was_stopped_all_the_same()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using RunningDv dv = scene.Start([.. OneFile, "-o", "models"], $"trap 'echo half > models; exit 0' TERM; {Ready}");
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));

        await dv.SignalAsync("TERM");
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == 0, ran.ToString());
        AssertKilled(scene, 15, 0);
        // Half a model is no output.
        Assert.Equal(0, scene.LastRecord().GetProperty("outputs").GetArrayLength());
    }

    [Fact]
    public async Task A_run_that_was_killed_reads_lost_after_a_while_and_the_next_attempt_counts()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        (string, string) key = ("DV_RUN_KEY", "job-7");
        using (RunningDv dv = scene.Start(OneFile, $"echo $$ > $SIGNS/child; {Ready}", key))
        {
            await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));
            await dv.SignalAsync("KILL");
            // Nobody ends the trainer of a dv that is no more; the test does.
            await dv.SignalAsync("KILL", int.Parse(scene.Sign("child"), CultureInfo.InvariantCulture));
            await dv.EndAsync();
        }
        Assert.Equal("running", RunScene.ReadRecord(RunScene.Runs(scene.RemoteRuns)[0]).Text("stage"));
        Assert.Equal("running", await StateAsync(scene, "--local"));
        Assert.Equal("running", await StateAsync(scene));
        Age(RunScene.Runs(RunScene.RunsOf(scene.Clone))[0]);
        Age(RunScene.Runs(scene.RemoteRuns)[0]);
        Assert.Equal("lost", await StateAsync(scene, "--local"));
        Assert.Equal("lost", await StateAsync(scene));

        // The next attempt may be on another machine, which knows of the first one from the remote.
        string other = await scene.Sandbox.CloneAsync(scene.Source, "other");
        Ran again = await scene.RunInAsync(other, OneFile, "echo $DV_ATTEMPT", key);
        Ran third = await scene.RunAsync(OneFile, "echo $DV_ATTEMPT", key);
        Ran stranger = await scene.RunAsync(OneFile, "echo $DV_ATTEMPT", ("DV_RUN_KEY", "job-8"));

        Assert.Equal("2\n", again.Output);
        Assert.Equal("3\n", third.Output);
        Assert.Equal("1\n", stranger.Output);
        JsonElement runs = RunScene.Json((await scene.Sandbox.DvOkAsync(other, "runs", "--key", "job-7", "--json")).Output);
        Assert.Equal(["3", "2", "1"], runs.GetProperty("runs").EnumerateArray().Select(r => r.Text("attempt")));
    }

    private static string Ready => "touch $SIGNS/ready; while :; do sleep 0.05; done";

    private static void AssertKilled(RunScene scene, int signal, int code)
    {
        JsonElement record = scene.LastRecord();
        Assert.Equal("killed", record.Text("stage"));
        Assert.Equal($"{signal}", record.Text("signal"));
        Assert.Equal($"{code}", record.Text("childExitCode"));
        Assert.Equal($"{code}", record.Text("exitCode"));
    }

    private static async Task<string?> StateAsync(RunScene scene, params string[] options) =>
        RunScene.Json((await scene.Sandbox.DvOkAsync(scene.Clone, ["runs", "--json", .. options])).Output).Text("runs.0.state");

    // As if nothing had been heard of it for ten minutes.
    private static void Age(string run)
    {
        string path = Path.Combine(run, "provenance.json");
        string text = File.ReadAllText(path), refreshed = RunScene.Json(text).Text("refreshedOn")!;
        string older = DateTimeOffset.Parse(refreshed, CultureInfo.InvariantCulture).AddMinutes(-10).ToString("O", CultureInfo.InvariantCulture);
        File.Delete(path);
        File.WriteAllText(path, text.Replace($"\"refreshedOn\": \"{refreshed}\"", $"\"refreshedOn\": \"{older}\"", StringComparison.Ordinal));
    }
}
