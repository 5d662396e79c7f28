using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Several processes of one job: one of them tracks, and all have the data.</summary>
public class RunRankTests(RunTemplate template)
{
    [Fact]
    public async Task Only_the_first_rank_records_and_uploads()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        Ran second = await scene.RunOkAsync(["-o", "models"], "cat data/extra.csv > models; echo $DV_RUN_ID", ("RANK", "1"), ("WORLD_SIZE", "2"));
        Assert.Empty(RunScene.Runs(RunScene.RunsOf(scene.Clone)));
        Assert.Empty(RunScene.Runs(scene.RemoteRuns));
        Assert.Contains("rank 1: rank 0 tracks", second.Errors, StringComparison.Ordinal);
        await scene.RunOkAsync(["-o", "models"], "cat data/extra.csv > models", ("RANK", "0"), ("WORLD_SIZE", "2"));

        JsonElement record = RunScene.ReadRecord(Assert.Single(RunScene.Runs(scene.RemoteRuns)));
        Assert.Equal("True", record.Text("outputs.0.pushed"));
        Assert.Equal("0", record.Text("orchestrator.rank"));
        Ran failed = await scene.RunAsync(["-o", "models"], "exit 9", ("JOB_COMPLETION_INDEX", "3"));
        Assert.True(failed.ExitCode == 9, failed.ToString());
        Assert.Single(RunScene.Runs(scene.RemoteRuns));
    }

    [Fact]
    public async Task Two_ranks_of_one_node_start_at_once_in_one_workspace()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        Ran[] ran = await Task.WhenAll(Enumerable.Range(0, 3).Select(rank => scene.RunAsync([], "sha256sum data/train/*.bin data/extra.csv", ("RANK", $"{rank}"), ("WORLD_SIZE", "3"))));

        Assert.All(ran, r => Assert.True(r.ExitCode == 0, r.ToString()));
        Assert.Single(ran.Select(r => r.Output).Distinct());
        Assert.Equal(4, ran[0].Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Single(RunScene.Runs(scene.RemoteRuns));
        await scene.Sandbox.DvOkAsync(scene.Clone, "verify");
        await scene.Sandbox.DvOkAsync(scene.Clone, "status", "--exit-code");
        Assert.Equal("", await scene.Sandbox.GitAsync(scene.Clone, "status", "--porcelain"));
    }
}
