using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Which version of the data a run gets, and what is refused because nobody could tell afterwards.</summary>
public class RunPinTests(RunTemplate template)
{
    private const int Config = 78;

    private const string Started = "touch $SIGNS/started; cat data/extra.csv";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_older_version_of_the_data_is_used_only_where_that_is_allowed()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string older = await CommitOfAsync(scene.Source);
        await EditAsync(scene);
        await scene.Sandbox.GitAsync(scene.Clone, "pull", "-q");
        string newer = await CommitOfAsync(scene.Clone);

        Ran refused = await scene.RunAsync(["--rev", older], Started);
        scene.AssertRefused(refused, Config, "--allow-data-rev");
        Ran allowed = await scene.RunOkAsync(["--rev", "HEAD~1", "--allow-data-rev"], Started);
        Ran variables = await scene.RunOkAsync([], Started, ("DV_REV", older), ("DV_ALLOW_DATA_REV", "1"));
        Ran current = await scene.RunOkAsync([], Started);

        Assert.Equal("a,b\n1,2\n", allowed.Output);
        Assert.Equal("a,b\n1,2\n", variables.Output);
        Assert.Equal("a,b\n3,4\n", current.Output);
        JsonElement record = RunScene.ReadRecord(RunScene.Runs(RunScene.RunsOf(scene.Clone))[^2]);
        Assert.Equal(newer, record.Text("code.commit"));
        Assert.Equal(older, record.Text("pin.commit"));
        Assert.Equal("env", record.Text("pin.source"));
        Assert.Equal("data-rev", record.Text("allowances.0"));
        Assert.Equal(newer, scene.LastRecord().Text("pin.commit"));
    }

    [Fact]
    public async Task One_commit_of_a_repository_elsewhere_is_enough_where_there_is_no_git_at_hand()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string older = await CommitOfAsync(scene.Source);
        await EditAsync(scene);
        string bare = Directory.CreateDirectory(scene.Sandbox.At("bare")).FullName;
        await scene.Sandbox.GitAsync(scene.Source, "config", "uploadpack.allowAnySHA1InWant", "true");

        Ran older1 = await scene.RunInAsync(bare, ["--repo", $"file://{scene.Source}", "--rev", older, "--data", "data/extra.csv"], Started);
        Ran branch = await scene.RunInAsync(bare, ["--data", "data/extra.csv"], Started, ("DV_REPO", $"file://{scene.Source}"), ("DV_REV", "main"));

        Assert.True(older1.ExitCode == 0, older1.ToString());
        Assert.Equal("a,b\n1,2\n", older1.Output);
        Assert.Equal("a,b\n3,4\n", branch.Output);
        JsonElement record = RunScene.ReadRecord(RunScene.Runs(RunScene.RunsOf(bare))[0]);
        Assert.Equal(older, record.Text("pin.commit"));
        Assert.Equal($"file://{scene.Source}", record.Text("pin.repo"));
        Assert.Null(record.Text("code.commit"));
    }

    [Fact]
    public async Task A_baked_pin_needs_neither_Git_nor_its_program()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Source, "pin");
        string image = Directory.CreateDirectory(scene.Sandbox.At("image")).FullName;
        File.Copy(Path.Combine(scene.Source, "dv.pin.json"), Path.Combine(image, "dv.pin.json"));
        // The shell and nothing else.
        string tools = Directory.CreateDirectory(scene.Sandbox.At("tools")).FullName;
        foreach (string tool in (string[])["sh", "cat", "touch"])
            File.CreateSymbolicLink(Path.Combine(tools, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");

        Ran ran = await scene.RunInAsync(image, [], Started, ("PATH", tools));

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal("a,b\n1,2\n", ran.Output);
        JsonElement record = RunScene.ReadRecord(RunScene.Runs(RunScene.RunsOf(image))[0]);
        Assert.Equal("baked", record.Text("pin.source"));
        Assert.Equal(await CommitOfAsync(scene.Source), record.Text("pin.commit"));
        Assert.Equal(record.Text("pin.commit"), record.Text("code.commit"));
        Assert.Equal(RunScene.Json(await File.ReadAllTextAsync(Path.Combine(image, "dv.pin.json"), Cancel)).Text("sha256"), record.Text("pin.sha256"));
        Assert.Equal(record.GetRawText(), RunScene.ReadRecord(RunScene.Runs(scene.RemoteRuns)[0]).GetRawText());
    }

    [Fact]
    public async Task Sources_that_disagree_are_refused_unless_that_is_allowed()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Source, "pin", "-o", scene.Sandbox.At("old.pin.json"));
        await EditAsync(scene);
        await scene.Sandbox.GitAsync(scene.Clone, "pull", "-q");
        string pin = scene.Sandbox.At("old.pin.json");

        scene.AssertRefused(await scene.RunAsync(["--pin", pin], Started), Config, "--allow-pin-mismatch");
        scene.AssertRefused(await scene.RunAsync([], Started, ("GIT_COMMIT", "0123456789abcdef0123456789abcdef01234567")), Config, "the image declares commit");
        Ran allowed = await scene.RunOkAsync(["--allow-pin-mismatch"], Started, ("DV_PIN", pin));

        Assert.Equal("a,b\n3,4\n", allowed.Output);
        Assert.Equal("pin-mismatch", scene.LastRecord().Text("allowances.0"));
    }

    [Fact]
    public async Task Where_nothing_is_pinned_a_run_is_refused_unless_that_is_allowed()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        Directory.Delete(Path.Combine(scene.Clone, ".git"), recursive: true);

        scene.AssertRefused(await scene.RunAsync([], Started), Config, "nothing says which data version is used");
        Ran allowed = await scene.RunOkAsync([], Started, ("DV_ALLOW_UNPINNED", "1"));

        Assert.Equal("a,b\n1,2\n", allowed.Output);
        Assert.Equal("unpinned", scene.LastRecord().Text("allowances.0"));
        Assert.Null(scene.LastRecord().Text("code.commit"));
        Assert.Null(scene.LastRecord().Text("pin.commit"));
        string empty = Directory.CreateDirectory(scene.Sandbox.At("empty")).FullName;
        File.Delete(Path.Combine(scene.Signs, "started"));
        scene.AssertRefused(await scene.RunInAsync(empty, [], Started), Config, "nor a dv.pin.json there or in /app");
    }

    [Fact]
    public async Task Dirty_code_is_refused_in_CI_and_its_diff_is_recorded_where_it_is_allowed()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await File.AppendAllTextAsync(Path.Combine(scene.Clone, "train.sh"), "echo changed\n", Cancel);
        Sandbox.Write(scene.Clone, "new.py", "print()\n");

        scene.AssertRefused(await scene.RunAsync([], Started, ("CI", "true")), Config, "the code is not as committed: new.py");
        Ran allowed = await scene.RunOkAsync(["--allow-dirty"], Started, ("CI", "true"));

        Assert.Contains("warning: the code is not as committed", allowed.Errors, StringComparison.Ordinal);
        AssertDiff(scene, "dirty");
    }

    [Fact]
    public async Task Dirty_code_is_warned_of_at_a_workplace_and_its_diff_is_recorded()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string[] workplace = await Places.WorkplaceAsync(scene.Sandbox, scene.Clone);
        await File.AppendAllTextAsync(Path.Combine(scene.Clone, "train.sh"), "echo changed\n", Cancel);
        Sandbox.Write(scene.Clone, "new.py", "print()\n");

        string[] command = [.. workplace, DvProgram.FilePath, "run", "--", "sh", "-c", Started];
        Ran ran = await scene.Sandbox.RunAsync(command[0], scene.Clone, command[1..]);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains("warning: the code is not as committed", ran.Errors, StringComparison.Ordinal);
        AssertDiff(scene, null);
    }

    [Fact]
    public async Task Pointers_that_are_not_committed_are_refused_everywhere_and_edited_data_too()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Clone, "pull");
        await File.WriteAllTextAsync(Path.Combine(scene.Clone, "data/extra.csv"), "edited\n", Cancel);

        scene.AssertRefused(await scene.RunAsync(["--allow-dirty"], Started), Config, "data/extra.csv");
        Ran allowed = await scene.RunOkAsync(["--allow-data-dirty"], Started);
        Assert.Equal("edited\n", allowed.Output);
        File.Delete(Path.Combine(scene.Signs, "started"));
        await scene.Sandbox.DvOkAsync(scene.Clone, "add", "data/extra.csv");
        scene.AssertRefused(await scene.RunAsync(["--allow-dirty"], Started), Config, "pointers are not as committed: data/extra.csv.dv");
        // What was not asked for may be as it likes, but a pointer is part of the commit.
        scene.AssertRefused(await scene.RunAsync(["--data", "data/train"], Started), Config, "--allow-data-dirty");
    }

    [Fact]
    public async Task A_baked_pin_that_was_changed_is_refused()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Source, "pin");
        string image = Directory.CreateDirectory(scene.Sandbox.At("image")).FullName;
        string text = await File.ReadAllTextAsync(Path.Combine(scene.Source, "dv.pin.json"), Cancel);
        await File.WriteAllTextAsync(Path.Combine(image, "dv.pin.json"), text.Replace("data/extra.csv", "data/extra.tsv", StringComparison.Ordinal), Cancel);

        scene.AssertRefused(await scene.RunInAsync(image, [], Started), Config, "dv.pin.json");
    }

    private static void AssertDiff(RunScene scene, string? allowance)
    {
        JsonElement record = scene.LastRecord();
        Assert.Equal("True", record.Text("code.dirty"));
        Assert.Equal(allowance, record.Text("allowances.0"));
        Assert.Equal("""["new.py","train.sh"]""", JsonSerializer.Serialize(record.GetProperty("code").GetProperty("changed").EnumerateArray().Select(c => c.GetString()).Order(StringComparer.Ordinal)));
        string run = RunScene.Runs(RunScene.RunsOf(scene.Clone))[^1];
        Assert.Contains("+echo changed", File.ReadAllText(Path.Combine(run, "diff.patch")), StringComparison.Ordinal);
        RunHashes.AssertRecomputed(scene.Clone, run);
        RunHashes.AssertOnRemote(run, scene.RemoteRuns);
    }

    private static async Task EditAsync(RunScene scene)
    {
        await File.WriteAllTextAsync(Path.Combine(scene.Source, "data/extra.csv"), "a,b\n3,4\n", Cancel);
        await scene.Sandbox.DvOkAsync(scene.Source, "add", "data/extra.csv");
        await scene.Sandbox.CommitAsync(scene.Source, "edit");
        await scene.Sandbox.DvOkAsync(scene.Source, "push");
    }

    private static async Task<string> CommitOfAsync(string repository)
    {
        using var sandbox = new Sandbox();
        return (await sandbox.GitAsync(repository, "rev-parse", "HEAD")).Trim();
    }
}
