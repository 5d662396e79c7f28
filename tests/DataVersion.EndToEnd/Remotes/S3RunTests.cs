using DataVersion.EndToEnd.Runs;
using DataVersion.Testing.Faults;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>A run whose data, outputs and record are on a real S3 server. Here because its other tests start the server anyway.</summary>
public sealed class S3RunTests
{
    [Fact]
    public async Task A_run_comes_from_its_data_to_its_record_through_a_storm()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 30, largeMegabytes: 0);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();
        for (int after = 3; after < 300; after += 7)
            scene.Line.OnRequest(new ExchangeFault.Answers(503), after: after);

        Ran ran = await scene.Sandbox.DvAsync(there, "run", "-o", "models", "--", "sh", "-c", "find data -type f | sort | xargs cat | sha256sum > models");

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Here, "data")), Sandbox.Snapshot(Path.Combine(there, "data")));
        await scene.Sandbox.DvOkAsync(there, "verify");
        string run = Path.GetFileName(RunScene.Runs(RunScene.RunsOf(there))[0]);
        Assert.Equal(run, RunScene.Json((await scene.Sandbox.DvOkAsync(scene.Here, "runs", "--json")).Output).Text("runs.0.run"));
        Assert.Equal(run, RunScene.Json((await scene.Sandbox.DvOkAsync(scene.Here, "trace", Path.Combine(there, "models"), "--json")).Output).Text("madeBy.0.run.runUuid"));
        Assert.NotEmpty(await scene.ObjectsAsync("dvstore/v1/runs/by-commit/"));
    }
}
