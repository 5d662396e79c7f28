using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>The whole way: pin, pull, verify, a trainer, its metrics and outputs, the record, and what can be asked of it afterwards.</summary>
public class RunTests(RunTemplate template)
{
    private const string Trainer = """
        import hashlib, json, os, pathlib
        data = b"".join(p.read_bytes() for p in sorted(pathlib.Path("data/train").iterdir()))
        with open(os.environ["DV_METRICS"], "a") as metrics:
            for step in range(3):
                metrics.write(json.dumps({"name": "loss", "value": 1 / (step + 1), "step": step}) + "\n")
            metrics.write(json.dumps({"name": "bad", "value": float("nan"), "step": 0}) + "\n")
            metrics.write("no metric\n")
        models = pathlib.Path("models")
        models.mkdir(exist_ok=True)
        (models / "model.onnx").write_bytes(hashlib.sha256(data + os.environ["DV_PARAM_LR"].encode()).digest())
        (models / "labels.json").write_text("[]")
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_trainer_runs_on_the_pinned_data_and_all_of_it_is_recorded_here_and_on_the_remote()
    {
        using RunScene scene = await TrainableAsync();

        Ran ran = await scene.Sandbox.RunAsync(
            DvProgram.FilePath, scene.Clone, ["run", "-o", "models", "-p", "lr=0.1", "-p", "seed=7", "--params-file", "params.yaml", "--", RunScene.Python, "train.py"], ("DV_PARAM_EPOCHS", "3"));

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Source, "data/train")), Sandbox.Snapshot(Path.Combine(scene.Clone, "data/train")));
        await scene.Sandbox.DvOkAsync(scene.Clone, "verify");
        string run = Assert.Single(RunScene.Runs(RunScene.RunsOf(scene.Clone)));
        JsonElement record = RunScene.ReadRecord(run);
        Assert.Equal("complete", record.Text("stage"));
        Assert.Equal((await scene.Sandbox.GitAsync(scene.Clone, "rev-parse", "HEAD")).Trim(), record.Text("code.commit"));
        Assert.Equal("git", record.Text("pin.source"));
        Assert.Equal("False", record.Text("code.dirty"));
        Assert.Equal("0.1", record.Text("train.params.lr"));
        Assert.Equal("3", record.Text("train.params.epochs"));
        Assert.Equal("adam", record.GetProperty("train").GetProperty("params").GetProperty("optimizer.name").GetString());
        Assert.Equal("7", record.Text("train.seeds.seed"));
        Assert.Equal("4", record.Text("metrics.points"));
        Assert.Equal("NaN", record.Text("metrics.final.bad"));
        Assert.Contains("1 lines of $DV_METRICS are no metrics", ran.Errors, StringComparison.Ordinal);
        Assert.StartsWith("CPython 3", record.Text("runtime.python"), StringComparison.Ordinal);
        Assert.NotNull(record.Text("runtime.packages.0.name"));
        Assert.Equal(
            ["config", "pin", "preflight", "pull", "verify", "tracking start", "child", "hash outputs", "upload"],
            record.GetProperty("stages").EnumerateArray().Select(s => s.Text("name")));
        RunHashes.AssertRecomputed(scene.Clone, run);
        RunHashes.AssertOnRemote(run, scene.RemoteRuns);
    }

    [Fact]
    public async Task A_run_is_listed_shown_and_traced_by_another_clone()
    {
        using RunScene scene = await TrainableAsync();
        await TrainAsync(scene, "lr=0.1");
        string run = Assert.Single(RunScene.Runs(RunScene.RunsOf(scene.Clone)));
        string id = Path.GetFileName(run);
        string other = await scene.Sandbox.CloneAsync(scene.Source, "other");
        File.Copy(Path.Combine(scene.Clone, "models/model.onnx"), Path.Combine(other, "renamed.bin"));

        JsonElement listed = RunScene.Json((await scene.Sandbox.DvOkAsync(other, "runs", "--json")).Output);
        Ran shown = await scene.Sandbox.DvOkAsync(other, "runs", "show", id[..13], "--json");
        JsonElement traced = RunScene.Json((await scene.Sandbox.DvOkAsync(other, "trace", "renamed.bin", "--json")).Output);
        JsonElement forward = RunScene.Json((await scene.Sandbox.DvOkAsync(other, "trace", "data/train", "--json")).Output);
        Ran words = await scene.Sandbox.DvOkAsync(other, "trace", "renamed.bin");
        Ran unknown = await scene.Sandbox.DvAsync(other, "trace", "train.sh");

        Assert.Equal(id, listed.Text("runs.0.run"));
        Assert.Equal("complete", listed.Text("runs.0.state"));
        Assert.Equal(Known(RunScene.ReadRecord(run)), Known(RunScene.Json(shown.Output)));
        Assert.Equal(id, traced.Text("madeBy.0.run.runUuid"));
        Assert.Equal(id, forward.Text("usedBy.0.runUuid"));
        Assert.Contains("data/train", words.Output, StringComparison.Ordinal);
        Assert.Contains(scene.LastRecord().Text("code.commit")![..7], words.Output, StringComparison.Ordinal);
        Assert.Equal(1, unknown.ExitCode);
        foreach (string[] filter in (string[][])[["--commit", scene.LastRecord().Text("code.commit")!], ["--data", "data/train"], ["--model", "renamed.bin"], ["--since", "1h"]])
            Assert.Equal(id, RunScene.Json((await scene.Sandbox.DvOkAsync(other, ["runs", "--json", .. filter])).Output).Text("runs.0.run"));
        foreach (string[] filter in (string[][])[["--commit", "0000000"], ["--data", "train.sh"], ["--local"]])
            Assert.Null(RunScene.Json((await scene.Sandbox.DvOkAsync(other, ["runs", "--json", .. filter])).Output).Text("runs.0.run"));
    }

    [Fact]
    public async Task Tracked_outputs_are_staged_pushed_and_come_to_another_clone_and_the_next_run_is_not_dirty()
    {
        using RunScene scene = await TrainableAsync();

        await TrainAsync(scene, "lr=0.1", "--track");

        string staged = await scene.Sandbox.GitAsync(scene.Clone, "status", "--porcelain");
        Assert.Equal("A  .gitignore\nA  models.dv\n", staged);
        JsonElement record = scene.LastRecord();
        Assert.Equal("models.dv", record.Text("outputs.0.pointer"));
        Assert.Equal("True", record.Text("outputs.0.pushed"));
        Assert.Contains(record.Text("outputs.0.sha256")!, await File.ReadAllTextAsync(Path.Combine(scene.Clone, "models.dv"), Cancel), StringComparison.Ordinal);
        // In CI, where dirty code is refused, with what the first run left behind.
        await TrainAsync(scene, "lr=0.2", "--track");
        Assert.Equal("False", scene.LastRecord().Text("code.dirty"));
        await scene.Sandbox.CommitAsync(scene.Clone, "model");
        string second = await scene.Sandbox.CloneAsync(scene.Clone, "second");
        await scene.Sandbox.DvOkAsync(second, "pull", "models");
        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Clone, "models")), Sandbox.Snapshot(Path.Combine(second, "models")));
        // The model is data of the next run now.
        await scene.RunOkAsync(["--data", "models"], "test -f models/model.onnx");
        Assert.Equal(record.GetProperty("outputs").GetArrayLength(), scene.LastRecord().GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Two_runs_are_compared()
    {
        using RunScene scene = await TrainableAsync();
        await TrainAsync(scene, "lr=0.1");
        await TrainAsync(scene, "lr=0.2");
        await TrainAsync(scene, "lr=0.2");
        string[] ids = [.. RunScene.Runs(RunScene.RunsOf(scene.Clone)).Select(r => Path.GetFileName(r)!)];

        Ran different = await scene.Sandbox.DvAsync(scene.Clone, "runs", "diff", ids[0], ids[1], "--json", "--exit-code");
        Ran same = await scene.Sandbox.DvAsync(scene.Clone, "runs", "diff", ids[1], ids[2], "--exit-code");

        Assert.True(different.ExitCode == 1, different.ToString());
        string[] names = [.. RunScene.Json(different.Output).GetProperty("differences").EnumerateArray().Select(d => $"{d.Text("kind")} {d.Text("name")}")];
        Assert.Contains("params param lr", names, StringComparer.OrdinalIgnoreCase);
        Assert.Contains(names, n => n.StartsWith("outputs models", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(names, n => n.StartsWith("data", StringComparison.OrdinalIgnoreCase) || n.StartsWith("code", StringComparison.OrdinalIgnoreCase));
        Assert.True(same.ExitCode == 0, same.ToString());
        Assert.Contains("nothing differs", same.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_come_from_a_JSON_file_variables_and_options_and_the_option_wins()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.CommitFileAsync("params.json", """{"lr": 1e-3, "model": {"layers": 4}, "name": "Ünïcode", "seed": 1}""");

        await scene.RunOkAsync(["--params-file", "params.json", "-p", "lr=0.5"], "env > $SIGNS/env", ("DV_PARAM_LR", "9"), ("DV_PARAM_SEED", "42"));

        JsonElement parameters = scene.LastRecord().GetProperty("train").GetProperty("params");
        Assert.Equal("0.5", parameters.GetProperty("lr").GetString());
        Assert.Equal("42", parameters.GetProperty("seed").GetString());
        Assert.Equal("4", parameters.GetProperty("model.layers").GetString());
        Assert.Equal("Ünïcode", parameters.GetProperty("name").GetString());
        Assert.Equal("42", scene.LastRecord().Text("train.seeds.seed"));
        string[] seen = scene.Sign("env").Split('\n');
        Assert.Contains("DV_PARAM_LR=0.5", seen);
        Assert.Contains("DV_PARAM_MODEL_LAYERS=4", seen);
        Assert.Contains("DV_PARAM_NAME=Ünïcode", seen);
    }

    [Fact]
    public async Task An_output_that_was_not_made_ends_with_66_and_one_that_was_not_touched_is_pointed_out()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        Sandbox.Write(scene.Clone, "models/old.bin", "old");

        Ran missing = await scene.RunAsync(["-o", "nothing.bin", "-o", "models"], "true");
        Ran old = await scene.RunAsync(["-o", "models"], "true");

        Assert.True(missing.ExitCode == 66, missing.ToString());
        Assert.Contains("--out 'nothing.bin'", missing.Errors, StringComparison.Ordinal);
        Assert.True(old.ExitCode == 0, old.ToString());
        Assert.Contains("output 'models' is as it was before the run", old.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_of_the_data_is_pulled_and_recorded_as_a_part()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        await scene.RunOkAsync(["--data", "data/train/2.bin"], "ls data/train > $SIGNS/seen");

        Assert.Equal("2.bin", scene.Sign("seen"));
        JsonElement record = scene.LastRecord();
        Assert.Equal("data/train", record.Text("data.0.path"));
        Assert.Equal("2.bin", record.Text("data.0.inside"));
        Assert.Equal(1, record.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task With_a_full_check_bytes_that_changed_behind_dvs_back_are_found()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Clone, "pull");
        string file = Path.Combine(scene.Clone, "data/train/1.bin");
        byte[] bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);

        foreach ((string name, string value) in ((string, string)[])[("DV_VERIFY", "full"), ("DV_VERIFY", "index")])
            scene.AssertRefused(await scene.RunAsync([], "touch $SIGNS/started", (name, value)), 78, "data/train/1.bin");
    }

    private static async Task TrainAsync(RunScene scene, string parameter, params string[] options)
    {
        Ran ran = await scene.Sandbox.RunAsync(DvProgram.FilePath, scene.Clone, ["run", "-o", "models", "-p", parameter, .. options, "--", RunScene.Python, "train.py"], ("CI", "true"));
        Assert.True(ran.ExitCode == 0, ran.ToString());
    }

    // What is null here may be absent there.
    private static string Known(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', element.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => $"{p.Name}:{Known(p.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', element.EnumerateArray().Select(Known))}]",
        _ => element.GetRawText(),
    };

    private async Task<RunScene> TrainableAsync()
    {
        RunScene scene = await RunScene.CreateAsync(template);
        Sandbox.Write(scene.Clone, "params.yaml", "optimizer:\n  name: adam\nlr: 0.9\n");
        await scene.CommitFileAsync("train.py", Trainer);
        return scene;
    }
}
