using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>What is in the way of a repetition is said before anything starts.</summary>
public class ReproduceObstacleTests
{
    [Fact]
    public async Task A_diff_that_is_not_the_recorded_one_is_an_obstacle()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        Sandbox.Write(scene.Repository, "train.sh", ReproduceScene.Deterministic + "\necho uncommitted >> models/m.bin\n");
        string run = await scene.RunAsync();
        File.AppendAllText(scene.RecordOf(run, "diff.patch"), "\n");

        await AssertObstaclesAsync(scene, [run], "is not the one that it names");
    }

    [Fact]
    public async Task A_script_that_was_never_in_git_is_an_obstacle_and_another_stray_file_a_difference()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        Sandbox.Write(scene.Repository, "stray.txt", "x");
        string run = await scene.RunAsync();
        Sandbox.Write(scene.Repository, "new.sh", ReproduceScene.Deterministic);
        string unknown = await scene.RunCommandAsync(["sh", "new.sh"]);

        Ran json = await scene.ReproduceAsync(run, "--json");

        Assert.Contains("\"untracked stray.txt\"", json.Output, StringComparison.Ordinal);
        Assert.Contains("\"identical\"", json.Output, StringComparison.Ordinal);
        await AssertObstaclesAsync(scene, [unknown], "its command names 'new.sh', which was not in Git");
    }

    [Fact]
    public async Task Every_obstacle_is_said_before_anything_starts()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync();
        Directory.Delete(StoredObjects.CacheOf(scene.Repository), recursive: true);
        await scene.Sandbox.DvOkAsync(scene.Repository, "remote", "remove", "storage");
        scene.UsePrograms("git", "sh", "cat", "mkdir");
        string record = scene.WriteRecord(run, r =>
        {
            r["image"] = new JsonObject { ["reference"] = "registry.invalid/train:1" };
            r["gpu"] = new JsonObject { ["required"] = true, ["provider"] = "CUDA", ["devices"] = new JsonArray(new JsonObject { ["uuid"] = "GPU-1", ["name"] = "H100" }) };
            r["train"]!["out"] = new JsonArray("/srv/models");
            r["train"]!["redacted"] = true;
        });

        Ran ran = await AssertObstaclesAsync(scene, [record],
            "secrets were taken out", "its output '/srv/models' lies outside", "is not in the cache, and no remote", "neither podman nor docker is here", "it ran on a GPU");

        Assert.Equal(5, ran.Errors.Split("dv: error: ").Length - 1);
    }

    [Fact]
    public async Task A_commit_that_nobody_has_and_a_program_that_is_not_here_are_obstacles()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync();

        await AssertObstaclesAsync(scene, [scene.WriteRecord(run, r => r["code"]!["commit"] = new string('a', 40))], $"commit {new string('a', 40)} is not in this Git repository");
        await AssertObstaclesAsync(scene, [scene.WriteRecord(run, r => r["train"]!["command"]![0] = "trainer-of-another-machine")], "its program 'trainer-of-another-machine' is not here");
        await AssertObstaclesAsync(scene, [scene.WriteRecord(run, r => r["data"]![0]!["hash"] = new string('b', 64))], "and the commit names sha256:");
        await AssertObstaclesAsync(scene, [scene.WriteRecord(run, r => r["stage"] = "failed:child")], "the run did not end well");
    }

    [Fact]
    public async Task Data_that_the_remote_has_lost_are_an_obstacle()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string run = await scene.RunAsync();
        Directory.Delete(StoredObjects.CacheOf(scene.Repository), recursive: true);
        Directory.Delete(scene.Sandbox.At("storage", "dvstore", "v1", "trees"), recursive: true);

        await AssertObstaclesAsync(scene, [run], "does not come from remote 'storage'");
    }

    [Fact]
    public async Task A_repetition_that_fails_is_no_verdict()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        string flag = scene.Sandbox.At("flag");
        Sandbox.Write(scene.Repository, "train.sh", $"test ! -e {flag} || exit 5\n{ReproduceScene.Deterministic}");
        await scene.Sandbox.CommitAsync(scene.Repository, "depends on the machine");
        string run = await scene.RunAsync();
        File.WriteAllText(flag, "");

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 2, ran.ToString());
        Assert.Contains("failed in stage 'child'", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("the trainer ended with 5", ran.Errors, StringComparison.Ordinal);
        await scene.AssertNothingIsLeftAsync();
    }

    private static async Task<Ran> AssertObstaclesAsync(ReproduceScene scene, string[] arguments, params string[] problems)
    {
        int runs = scene.CountRuns();
        string before = scene.Snapshot();

        Ran ran = await scene.ReproduceAsync(arguments);

        Assert.True(ran.ExitCode == 2, ran.ToString());
        Assert.All(problems, p => Assert.Contains(p, ran.Errors, StringComparison.Ordinal));
        Assert.Contains("not repeated", ran.Output, StringComparison.Ordinal);
        Assert.Equal(runs, scene.CountRuns());
        Assert.Equal(before, scene.Snapshot());
        await scene.AssertNothingIsLeftAsync();
        return ran;
    }
}
