using System.Globalization;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>What containers are like: process 1, a root that nobody may write to, no home, any user, no Git.</summary>
public class RunContainerTests(RunTemplate template)
{
    private static readonly string[] OneFile = ["--data", "data/extra.csv"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_process_1_it_passes_the_exit_code_on_and_leaves_no_zombies()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] init = await Places.InitAsync(scene.Sandbox);
        // Orphans: their parent ends at once, so they become ours, and end while the trainer still runs.
        const string Script = """
            echo "I am a child of $PPID"
            for i in 1 2 3; do sh -c 'sleep 0.1 & exit 0'; done
            n=0
            while [ $n -lt 100 ]; do
                n=$((n + 1)); sleep 0.1
                grep -l '^State:.*[ZS]' /proc/[0-9]*/status | xargs grep -l '^Name:.*sleep' > $SIGNS/sleeping 2>/dev/null || break
            done
            exit 42
            """;

        Ran ran = await scene.Sandbox.RunAsync(init[0], scene.Clone, [.. init[1..], DvProgram.FilePath, "run", .. OneFile, "--", "sh", "-c", Script]);

        Assert.True(ran.ExitCode == 42, ran.ToString());
        Assert.Equal("I am a child of 1\n", ran.Output);
        Assert.Equal("", scene.Sign("sleeping"));
        Assert.Equal("42", scene.LastRecord().Text("childExitCode"));
    }

    [Theory]
    [InlineData("trap 'exit 7' TERM;", 7)]
    [InlineData("", 143)]
    public async Task As_process_1_it_passes_SIGTERM_on(string trap, int code)
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] init = await Places.InitAsync(scene.Sandbox);
        using RunningDv dv = RunningDv.StartProgram(
            scene.Sandbox, scene.Clone, [.. init, DvProgram.FilePath, "run", .. OneFile, "--", "sh", "-c", $"{trap} touch $SIGNS/ready; while :; do sleep 0.05; done"]);
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));

        // From outside the process has another number.
        string children = await File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{dv.Id}/task/{dv.Id}/children"), Cancel);
        await dv.SignalAsync("TERM", int.Parse(children.Trim(), CultureInfo.InvariantCulture));
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == code, ran.ToString());
        Assert.Equal("killed", scene.LastRecord().Text("stage"));
    }

    [Fact]
    public async Task Kubernetes_is_told_why_in_the_termination_log()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string log = scene.Sandbox.At("termination-log");
        string[] pod = await Places.PodAsync(scene.Sandbox, log);

        Ran failed = await scene.Sandbox.RunAsync(pod[0], scene.Clone, [.. pod[1..], DvProgram.FilePath, "run", .. OneFile, "--", "sh", "-c", "exit 65"]);
        string trainer = await File.ReadAllTextAsync(log, Cancel);
        Ran refused = await scene.Sandbox.RunAsync(pod[0], scene.Clone, [.. pod[1..], DvProgram.FilePath, "run", "--data", "nothing", "--", "true"]);
        string ours = await File.ReadAllTextAsync(log, Cancel);
        await File.WriteAllTextAsync(log, "", Cancel);
        Ran good = await scene.Sandbox.RunAsync(pod[0], scene.Clone, [.. pod[1..], DvProgram.FilePath, "run", .. OneFile, "--", "true"]);

        Assert.Equal((65, 78, 0), (failed.ExitCode, refused.ExitCode, good.ExitCode));
        Assert.Equal("dv run: failed:child: the trainer ended with 65 (exit 65)\n", trainer);
        Assert.StartsWith("dv run: failed:preflight: --data 'nothing'", ours, StringComparison.Ordinal);
        Assert.Equal("", await File.ReadAllTextAsync(log, Cancel));
    }

    [Fact]
    public async Task An_image_that_nobody_may_write_to_runs_on_data_that_are_baked_into_it_without_Git_home_or_known_user()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string image = await MakeImageAsync(scene, withData: true);
        string[] place = await Places.ReadOnlyAsync(scene.Sandbox, image);
        string[] user = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "env", "-u", "HOME", "-u", "XDG_CONFIG_HOME"];

        Ran ran = await scene.Sandbox.RunAsync(
            place[0], image,
            [.. place[1..], .. user, DvProgram.FilePath, "run", "-o", scene.Sandbox.At("volume/models"), "--", "sh", "-c", "cat data/extra.csv; mkdir ../volume/models; cp data/train/1.bin ../volume/models/model.bin; touch new 2>/dev/null || echo read-only"],
            ("TMPDIR", scene.Sandbox.At("volume/tmp")), ("DV_CACHE_DIR", scene.Sandbox.At("volume/cache")));

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal("a,b\n1,2\nread-only\n", ran.Output);
        JsonElement record = RunScene.ReadRecord(Assert.Single(RunScene.Runs(scene.Sandbox.At("volume/tmp/dv-runs"))));
        RunHashes.AssertManifest(image, RunScene.Runs(scene.Sandbox.At("volume/tmp/dv-runs"))[0]);
        Assert.Equal("complete", record.Text("stage"));
        Assert.Equal("baked", record.Text("pin.source"));
        Assert.Equal("True", record.Text("data.0.verified"));
        Assert.Equal(scene.Sandbox.At("volume/models"), record.Text("outputs.0.path"));
        Assert.Equal("True", record.Text("outputs.0.pushed"));
        Assert.Equal(record.GetRawText(), RunScene.ReadRecord(Assert.Single(RunScene.Runs(scene.RemoteRuns))).GetRawText());
    }

    [Fact]
    public async Task An_image_that_nobody_may_write_to_and_that_lacks_its_data_says_so()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string image = await MakeImageAsync(scene, withData: false);
        string[] place = await Places.ReadOnlyAsync(scene.Sandbox, image);

        Ran ran = await scene.Sandbox.RunAsync(
            place[0], image, [.. place[1..], DvProgram.FilePath, "run", "--", "sh", "-c", "touch $SIGNS/started"], ("TMPDIR", scene.Sandbox.At("volume/tmp")), ("DV_CACHE_DIR", scene.Sandbox.At("volume/cache")));

        scene.AssertRefused(ran, 73, "cannot be written");
        Assert.Contains("mount a writable volume", ran.Errors, StringComparison.Ordinal);
        Assert.Equal("73", RunScene.ReadRecord(RunScene.Runs(scene.Sandbox.At("volume/tmp/dv-runs"))[0]).Text("exitCode"));
    }

    [Fact]
    public async Task Any_user_without_a_home_runs_in_a_workspace_of_its_own()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await AsNobody.GiveAsync(scene.Sandbox);
        // Git asks for nobody's leave where the owner is who runs it.
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : ["env"];

        Ran ran = await scene.Sandbox.RunAsync(user[0], scene.Clone, [.. user[1..], "env", "-u", "HOME", "-u", "XDG_CONFIG_HOME", DvProgram.FilePath, "run", "-o", "models", "--", "sh", "-c", "cat data/extra.csv > models; id -u"]);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal("complete", scene.LastRecord().Text("stage"));
        Assert.Equal("complete", RunScene.ReadRecord(Assert.Single(RunScene.Runs(scene.RemoteRuns))).Text("stage"));
    }

    // As COPY in a Dockerfile leaves it: pointers, configuration and a baked pin, no .git; and a folder that may be written to.
    private static async Task<string> MakeImageAsync(RunScene scene, bool withData)
    {
        await scene.Sandbox.DvOkAsync(scene.Source, "pin", "-o", scene.Sandbox.At("dv.pin.json"));
        string image = scene.Clone;
        if (withData)
            await scene.Sandbox.DvOkAsync(image, "pull");
        Directory.Delete(Path.Combine(image, ".git"), recursive: true);
        File.Move(scene.Sandbox.At("dv.pin.json"), Path.Combine(image, "dv.pin.json"));
        Directory.CreateDirectory(scene.Sandbox.At("volume/tmp"));
        foreach (string folder in (string[])["volume", "storage", "signs"])
        {
            Ran given = await scene.Sandbox.RunAsync("chown", scene.Sandbox.Root, ["-R", "12345:12345", scene.Sandbox.At(folder)]);
            Assert.SkipUnless(given.ExitCode == 0, "folders of another user need root");
        }
        await scene.Sandbox.RunAsync("chmod", scene.Sandbox.Root, ["755", scene.Sandbox.Root]);
        return image;
    }
}
