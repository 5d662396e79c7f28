using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Runs that are repeated, and what is said of the result.</summary>
public class ReproduceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deterministic_run_is_repeated_identically_and_nothing_of_the_user_changes()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync();
        Sandbox.Write(scene.Repository, "train.sh", "exit 9\n");
        await scene.Sandbox.GitAsync(scene.Repository, "add", "train.sh");
        Sandbox.Write(scene.Repository, "data/a.txt", "edited, not added\n");
        string before = scene.Snapshot();

        Ran ran = await scene.ReproduceAsync(run[..13]);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("said by the trainer", ran.Output, StringComparison.Ordinal);
        Assert.Contains("said by the trainer", ran.Errors, StringComparison.Ordinal);
        Assert.Equal(before, scene.Snapshot());
        await scene.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_repetition_is_a_run_of_its_own_that_names_the_original()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync();

        Ran ran = await scene.ReproduceAsync(run, "--json");

        JsonNode result = JsonNode.Parse(ran.Output)!["runs"]![0]!;
        JsonNode repetition = JsonNode.Parse(File.ReadAllText(scene.RecordOf(result["repetition"]!.GetValue<string>())))!;
        JsonNode original = JsonNode.Parse(File.ReadAllText(scene.RecordOf(run)))!;
        Assert.Equal("identical", result["verdict"]!.GetValue<string>());
        Assert.Equal(run, repetition["reproduces"]!.GetValue<string>());
        Assert.Equal(original["outputs"]![0]!["sha256"]!.GetValue<string>(), repetition["outputs"]![0]!["sha256"]!.GetValue<string>());
        Assert.Equal(original["code"]!["commit"]!.GetValue<string>(), repetition["code"]!["commit"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_is_repeated_after_code_and_data_moved_on(bool cacheIsLost)
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync();
        await scene.MoveOnAsync();
        if (cacheIsLost)
            Directory.Delete(StoredObjects.CacheOf(scene.Repository), recursive: true);

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_another_revision_than_the_code_are_used_again()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string first = (await scene.Sandbox.GitAsync(scene.Repository, "rev-parse", "HEAD")).Trim();
        Sandbox.Write(scene.Repository, "data/a.txt", "two\n");
        await scene.Sandbox.DvOkAsync(scene.Repository, "add", "-q", "data");
        await scene.Sandbox.CommitAsync(scene.Repository, "second");
        string run = await scene.RunAsync("--rev", first, "--allow-data-rev");

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uncommitted_code_is_repeated_from_the_recorded_diff()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        Sandbox.Write(scene.Repository, "train.sh", ReproduceScene.Deterministic + "\necho uncommitted >> models/m.bin\n");
        string run = await scene.RunAsync();
        await scene.Sandbox.GitAsync(scene.Repository, "checkout", "-q", "--", "train.sh");

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_that_writes_the_time_is_different()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync("mkdir -p models; date +%s%N > models/m.bin");
        string run = await scene.RunAsync();

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 1, ran.ToString());
        Assert.Contains(": different\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains("models/m.bin: sha256:", ran.Output, StringComparison.Ordinal);
        Assert.Contains("no cause is recorded", ran.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e-6", 0, "equivalent within 1e-06")]
    [InlineData("0", 1, "different")]
    public async Task Metrics_within_the_tolerance_make_it_equivalent(string tolerance, int exitCode, string verdict)
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync("exec python3 train.py");
        Sandbox.Write(scene.Repository, "train.py", """
            import json, os, time
            os.makedirs("models", exist_ok=True)
            open("models/m.bin", "w").write(str(time.time_ns()))
            with open(os.environ["DV_METRICS"], "a") as metrics:
                metrics.write(json.dumps({"name": "auc", "value": 0.9 + (time.time_ns() % 1000003) * 1e-15}) + "\n")
            """);
        await scene.Sandbox.CommitAsync(scene.Repository, "python");
        string run = await scene.RunAsync();

        Ran ran = await scene.ReproduceAsync(run, "--tolerance", tolerance);

        Assert.True(ran.ExitCode == exitCode, ran.ToString());
        Assert.Contains($": {verdict}\n", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_seed_is_named_as_the_cause()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync("--param", "lr=0.1");

        Ran ran = await scene.ReproduceAsync(run, "--param", "seed=8");

        Assert.True(ran.ExitCode == 1, ran.ToString());
        Assert.Contains("param seed: 7 → 8", ran.Output, StringComparison.Ordinal);
        Assert.Contains("loss: 0.7 → 0.8", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("param lr", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_that_change_results_are_as_they_were_and_those_of_other_runs_are_not_there()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync(
            "mkdir -p models; echo \"$OMP_NUM_THREADS $PYTHONHASHSEED $OTHER_SEED $DV_PARAM_SEED $DV_PARAM_X $RANK $TZ\" > models/m.bin");
        scene.Sandbox.Set("OMP_NUM_THREADS", "3");
        scene.Sandbox.Set("PYTHONHASHSEED", "11");
        scene.Sandbox.Set("OTHER_SEED", "12");
        string run = await scene.RunAsync();
        foreach ((string name, string value) in ((string, string)[])
            [("OMP_NUM_THREADS", "1"), ("PYTHONHASHSEED", "0"), ("OTHER_SEED", "0"), ("DV_PARAM_SEED", "9"), ("DV_PARAM_X", "9"), ("RANK", "3"), ("TZ", "Asia/Tokyo"), ("DV_RUN_KEY", "k"), ("DV_REV", "HEAD~1")])
            scene.Sandbox.Set(name, value);

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_of_another_clone_is_repeated_here_although_this_clone_lacks_the_commit()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        await scene.Sandbox.GitAsync(scene.Sandbox.Root, "clone", "-q", "--bare", scene.Repository, "origin.git");
        await scene.Sandbox.GitAsync(scene.Repository, "remote", "add", "origin", scene.Sandbox.At("origin.git"));
        string clone = await scene.Sandbox.CloneAsync(scene.Sandbox.At("origin.git"), "clone");
        await scene.MoveOnAsync();
        Sandbox.Write(scene.Repository, "train.sh", ReproduceScene.Deterministic + "\n");
        await scene.Sandbox.CommitAsync(scene.Repository, "third");
        await scene.Sandbox.GitAsync(scene.Repository, "push", "-q", "origin", "HEAD:main");
        Sandbox.Write(scene.Repository, "train.sh", ReproduceScene.Deterministic + "\necho dirty >> models/m.bin\n");
        string run = await scene.RunAsync();
        string sent = scene.WriteRecord(run, static _ => { });
        File.Copy(scene.RecordOf(run, "diff.patch"), Path.Combine(Path.GetDirectoryName(sent)!, "diff.patch"));

        Ran ran = await scene.Sandbox.DvAsync(clone, "reproduce", sent, "--local");

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
        Assert.Equal("false", (await scene.Sandbox.GitAsync(clone, "rev-parse", "--is-shallow-repository")).Trim());
        Assert.Single(Directory.GetDirectories(Path.Combine(clone, ".git", "dv", "runs")));
        Assert.Empty(Directory.GetFileSystemEntries(scene.Sandbox.At("tmp"), "dv-reproduce*"));
    }

    [Fact]
    public async Task Every_finished_run_of_a_commit_is_repeated_unless_one_is_chosen()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string first = await scene.RunAsync();
        string second = await scene.RunAsync("--param", "other=1");
        await scene.Sandbox.DvAsync(scene.Repository, "run", "--", "sh", "-c", "exit 3");
        await scene.MoveOnAsync();

        Ran both = await scene.ReproduceAsync("HEAD~1", "--json");
        Ran again = await scene.ReproduceAsync("HEAD~1", "--json");
        Ran one = await scene.ReproduceAsync("HEAD~1", "--run", second[..20], "--json");

        Assert.Equal([first, second], Originals(both));
        Assert.Equal([first, second], Originals(again));
        Assert.Equal([second], Originals(one));
        Assert.Equal(2, (await scene.ReproduceAsync("HEAD")).ExitCode);
        Assert.Equal(2, (await scene.ReproduceAsync("no-such-thing")).ExitCode);
    }

    [Fact]
    public async Task Keep_leaves_the_worktree_and_says_where()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync();

        Ran ran = await scene.ReproduceAsync(run, "--keep", "--json");

        string worktree = JsonNode.Parse(ran.Output)!["runs"]![0]!["worktree"]!.GetValue<string>();
        Assert.Equal("one\nseed 7\n", File.ReadAllText(Path.Combine(worktree, "models", "m.bin")));
        await scene.Sandbox.GitAsync(scene.Repository, "worktree", "remove", "--force", worktree);
    }

    [Fact]
    public async Task A_program_of_a_virtual_environment_that_git_ignores_is_taken_from_the_workspace()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        ReproduceScene.WriteProgram(Path.Combine(scene.Repository, ".venv", "bin"), "interpreter", "#!/bin/sh\nexec sh \"$@\"\n");
        string run = await scene.RunCommandAsync([".venv/bin/interpreter", "train.sh"]);

        Ran ran = await scene.ReproduceAsync(run, "--param", "seed=8");

        Assert.True(ran.ExitCode == 1, ran.ToString());
        Assert.Contains("param seed: 7 → 8", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("command:", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_that_saves_checkpoints_finds_its_folder_in_the_worktree()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync(
            "mkdir -p models \"$DV_CHECKPOINT\"; echo state >> \"$DV_CHECKPOINT/s\"; cp \"$DV_CHECKPOINT/s\" models/m.bin");
        string run = await scene.RunAsync("--checkpoint", "state");
        string before = File.ReadAllText(Path.Combine(scene.Repository, "state", "s"));

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(scene.Repository, "state", "s")));
    }

    [Fact]
    public async Task An_argument_that_lies_in_the_users_workspace_is_warned_of()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunCommandAsync(["sh", Path.Combine(scene.Repository, "train.sh")]);

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains("train.sh', which lies in your workspace, and not in the worktree", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_ends_the_trainer_and_removes_the_worktree()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string flag = scene.Sandbox.At("flag"), started = scene.Sandbox.At("started");
        Sandbox.Write(scene.Repository, "train.sh", $"if test -e {flag}; then touch {started}; sleep 60; fi\n{ReproduceScene.Deterministic}");
        await scene.Sandbox.CommitAsync(scene.Repository, "sleeps");
        string run = await scene.RunAsync();
        File.WriteAllText(flag, "");

        using Process process = scene.Sandbox.Start(DvProgram.FilePath, scene.Repository, ["reproduce", run]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel), errors = process.StandardError.ReadToEndAsync(Cancel);
        while (!File.Exists(started) && !process.HasExited)
            await Task.Delay(20, Cancel);
        await scene.Sandbox.RunAsync("kill", scene.Repository, ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(Cancel);

        Assert.True(process.ExitCode == 143, $"{process.ExitCode} {await output} {await errors}");
        Assert.Contains(": stopped\n", await output, StringComparison.Ordinal);
        await scene.AssertNothingIsLeftAsync();
    }

    private static string[] Originals(Ran ran) => [.. JsonNode.Parse(ran.Output)!["runs"]!.AsArray().Select(r => r!["run"]!.GetValue<string>())];
}
