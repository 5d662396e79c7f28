using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>A machine that goes away costs minutes, not the run: the state that the trainer saved comes back on another machine.</summary>
public class RunCheckpointTests(RunTemplate template)
{
    // Counts to 5 in steps, and says where it began. The first attempt waits for the test after the third step; no other may, since nobody would end it.
    private const string Trainer = """
        at=$(cat state/step 2>/dev/null || echo 0)
        echo "attempt $DV_ATTEMPT from $at restored ${DV_RESTORED:-0} in $DV_CHECKPOINT"
        mkdir -p state
        begun=$at
        while [ $at -lt 5 ]; do
            at=$((at + 1)); echo $at > state/.step; mv state/.step state/step
            if [ $at -eq 3 ] && [ $DV_ATTEMPT -eq 1 ] && [ $begun -eq 0 ]; then touch $SIGNS/ready; while :; do sleep 0.05; done; fi
        done
        """;

    private static readonly (string Name, string Value) Key = ("DV_RUN_KEY", "job-1");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task The_next_attempt_on_another_machine_goes_on_from_the_state_that_was_saved(string signal)
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] options = ["--data", "data/extra.csv", "-o", "models", "--checkpoint", "state", "--checkpoint-every", signal == "KILL" ? "1s" : "1h"];
        string script = $"{Trainer}\ncp state/step models";
        using (RunningDv dv = scene.Start(options, $"echo $$ > $SIGNS/child; {script}", Key))
        {
            await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));
            if (signal == "KILL")
                await RunScene.UntilAsync(() => SavedStep(scene) == "3", "the checkpoint is pushed");
            await dv.SignalAsync(signal);
            if (signal == "KILL")
                await dv.SignalAsync("KILL", int.Parse(scene.Sign("child"), CultureInfo.InvariantCulture));
            Ran stopped = await dv.EndAsync();
            Assert.True(stopped.ExitCode == (signal == "KILL" ? 137 : 143), stopped.ToString());
        }

        string other = await scene.Sandbox.CloneAsync(scene.Source, "other");
        Ran second = await scene.RunInAsync(other, options, script, Key);

        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Equal($"attempt 2 from 3 restored 1 in {Path.Combine(other, "state")}\n", second.Output);
        JsonElement record = RunScene.ReadRecord(RunScene.Runs(RunScene.RunsOf(other))[^1]);
        Assert.Equal("2", record.Text("attempt"));
        Assert.Equal("job-1", record.Text("key"));
        Assert.Equal("complete", record.Text("stage"));
        Assert.Equal("True", record.Text("checkpoints.0.restored"));
        Assert.Equal("state", record.Text("checkpoints.0.path"));
        Assert.Equal("5\n", await File.ReadAllTextAsync(Path.Combine(other, "models"), Cancel));
        Assert.Equal(record.Text("runUuid"), RunScene.Json((await scene.Sandbox.DvOkAsync(scene.Clone, "trace", Path.Combine(other, "models"), "--json")).Output).Text("madeBy.0.run.runUuid"));
    }

    [Fact]
    public async Task A_run_may_go_on_from_a_run_that_is_named_and_not_from_one_that_kept_nothing()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] options = ["--data", "data/extra.csv", "--checkpoint", "state"];
        await scene.RunOkAsync(options, "mkdir state; echo 4 > state/step");
        string first = scene.LastRecord().Text("runUuid")!;
        await scene.RunOkAsync(["--data", "data/extra.csv", "--allow-dirty"], "true");
        string none = scene.LastRecord().Text("runUuid")!;
        string other = await scene.Sandbox.CloneAsync(scene.Source, "other");

        Ran refused = await scene.RunInAsync(other, [.. options, "--resume", none], "touch $SIGNS/started");
        scene.AssertRefused(refused, 78, "has kept no checkpoint");
        Ran resumed = await scene.RunInAsync(other, [.. options, "--resume", first], Trainer);

        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.StartsWith("attempt 1 from 4 restored 1", resumed.Output, StringComparison.Ordinal);
        // Without a key, runs do not know of each other.
        string third = await scene.Sandbox.CloneAsync(scene.Source, "third");
        Ran fresh = await scene.RunInAsync(third, options, "echo ${DV_RESTORED:-no}");
        Assert.Equal("no\n", fresh.Output);
    }

    [Fact]
    public async Task A_folder_that_holds_something_else_is_not_overwritten_by_a_checkpoint()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] options = ["--data", "data/extra.csv", "--checkpoint", "state"];
        await scene.RunOkAsync(options, "mkdir state; echo 4 > state/step", Key);
        string other = await scene.Sandbox.CloneAsync(scene.Source, "other");
        Sandbox.Write(other, "state/step", "somebody's only copy");
        File.SetLastWriteTimeUtc(Path.Combine(other, "state/step"), DateTime.UtcNow.AddDays(-1));

        scene.AssertRefused(await scene.RunInAsync(other, options, "touch $SIGNS/started", Key), 78, "cannot be restored");

        Assert.Equal("somebody's only copy", await File.ReadAllTextAsync(Path.Combine(other, "state/step"), Cancel));
        // What is newer than the checkpoint was saved after it: a container that starts again on the same volume goes on from there.
        Sandbox.Write(other, "state/step", "5");
        Ran kept = await scene.RunInAsync(other, options, "grep -q 5 state/step && test $DV_RESTORED = 1", Key);
        Assert.True(kept.ExitCode == 0, kept.ToString());
        // Where it holds that very state, all is well.
        await scene.RunOkAsync(options, "grep -q 5 state/step || grep -q 4 state/step", Key);
    }

    [Fact]
    public async Task A_kill_while_a_checkpoint_is_saved_leaves_the_one_before_it()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] options = ["--data", "data/extra.csv", "--checkpoint", "state", "--checkpoint-every", "1s"];
        await scene.RunOkAsync(options, "mkdir state; echo 2 > state/step", Key);
        // Killed when the tree of the next checkpoint is about to be sent: its content is there, and nothing names it.
        Ran killed = await scene.RunAsync(options, "exec > /dev/null 2>&1; echo $$ > $SIGNS/child; echo 3 > state/step; while :; do sleep 0.05; done", Key, ("DV_FAILPOINT", "push.before-trees"));
        await scene.Sandbox.RunAsync("kill", scene.Sandbox.Root, ["-KILL", scene.Sign("child")]);
        Assert.True(killed.ExitCode == 137, killed.ToString());
        StoredObjects.AssertWhole(scene.Sandbox.At("storage", "dvstore", "v1"));

        string other = await scene.Sandbox.CloneAsync(scene.Source, "other");
        Ran next = await scene.RunInAsync(other, options, Trainer, Key);

        Assert.True(next.ExitCode == 0, next.ToString());
        Assert.StartsWith("attempt 3 from 2 restored 1", next.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_next_attempt_looks_for_is_there_first()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] options = ["--data", "data/extra.csv", "--checkpoint", "state"];
        // As if the machine went away between the two documents: a folder stands where the one by the run's id would be.
        string script = $"mkdir -p {scene.RemoteRuns}/checkpoints/$DV_RUN_ID.json/x; mkdir state; echo 4 > state/step";

        Ran first = await scene.RunAsync(options, script, Key);
        string other = await scene.Sandbox.CloneAsync(scene.Source, "other");
        Ran next = await scene.RunInAsync(other, options, Trainer, Key);

        Assert.Contains("the last checkpoint was not saved", first.Errors, StringComparison.Ordinal);
        Assert.StartsWith("attempt 2 from 4 restored 1", next.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_that_refuses_checkpoints_is_said_and_stops_nothing()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        Ran ran = await scene.RunAsync(
            ["--data", "data/extra.csv", "--checkpoint", "state"], "mv ../storage ../gone; touch ../storage; mkdir state; echo 1 > state/step", Key);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains("the last checkpoint was not saved", ran.Errors, StringComparison.Ordinal);
        Assert.Equal("complete", scene.LastRecord().Text("stage"));
    }

    // What an attempt with that key would find that came now. (The document by the run's own id may be there while this one is not.)
    private static string? SavedStep(RunScene scene)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key.Value)));
        string file = Path.Combine(scene.RemoteRuns, "checkpoints", $"{key}.json");
        if (!File.Exists(file))
            return null;
        string hash = RunScene.Json(File.ReadAllText(file)).Text("hash")!["sha256:".Length..];
        string tree = File.ReadAllText(scene.Sandbox.At($"storage/dvstore/v1/trees/sha256/{hash[..2]}/{hash[2..]}"));
        string content = tree.Split('\n').Single(l => l.EndsWith(" step", StringComparison.Ordinal)).Split(' ')[2]["sha256:".Length..];
        return File.ReadAllText(scene.Sandbox.At($"storage/dvstore/v1/objects/sha256/{content[..2]}/{content[2..]}")).Trim();
    }
}
