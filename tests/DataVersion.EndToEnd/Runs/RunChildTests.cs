using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>How a trainer ends, and what becomes of its exit code.</summary>
public class RunChildTests(RunTemplate template)
{
    [Fact]
    public async Task The_exit_code_of_the_trainer_is_passed_on()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        foreach (int code in (int[])[0, 1, 7, 42, 65])
        {
            Ran ran = await scene.RunAsync(["--data", "data/extra.csv"], $"cat data/extra.csv; echo oops >&2; exit {code}");

            Assert.True(ran.ExitCode == code, ran.ToString());
            Assert.Equal("a,b\n1,2\n", ran.Output);
            Assert.Contains("oops\n", ran.Errors, StringComparison.Ordinal);
            JsonElement record = scene.LastRecord();
            Assert.Equal(code == 0 ? "complete" : "failed:child", record.Text("stage"));
            Assert.Equal($"{code}", record.Text("exitCode"));
            Assert.Equal($"{code}", record.Text("childExitCode"));
            Assert.Equal(code == 0 ? null : $"the trainer ended with {code}", record.Text("error"));
        }
        // Only what was asked for came; and what is kept here is what the remote has.
        Assert.False(Directory.Exists(Path.Combine(scene.Clone, "data/train")));
        IReadOnlyList<string> here = RunScene.Runs(RunScene.RunsOf(scene.Clone)), there = RunScene.Runs(scene.RemoteRuns);
        Assert.Equal(5, here.Count);
        Assert.Equal(here.Select(r => File.ReadAllText(Path.Combine(r, "provenance.json"))), there.Select(r => File.ReadAllText(Path.Combine(r, "provenance.json"))));
    }

    [Fact]
    public async Task A_code_that_could_be_taken_for_one_of_ours_is_turned_into_1_where_that_is_asked_for()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        foreach ((int code, int shown) in ((int, int)[])[(63, 63), (64, 1), (65, 1), (78, 1), (79, 79)])
        {
            Ran ran = await scene.RunAsync(["--data", "data/extra.csv"], $"exit {code}", ("DV_CHILD_EXIT", "remap"));

            Assert.True(ran.ExitCode == shown, ran.ToString());
            JsonElement record = scene.LastRecord();
            Assert.Equal($"{shown}", record.Text("exitCode"));
            Assert.Equal($"{code}", record.Text("childExitCode"));
        }
    }

    [Fact]
    public async Task A_command_that_is_not_there_ends_with_127_and_one_that_cannot_be_executed_with_126()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        Ran missing = await scene.Sandbox.DvAsync(scene.Clone, "run", "--", "no-such-trainer", "x");
        Ran plain = await scene.Sandbox.DvAsync(scene.Clone, "run", "--", "./train.sh");

        Assert.True(missing.ExitCode == 127, missing.ToString());
        Assert.Contains("'no-such-trainer': command not found", missing.Errors, StringComparison.Ordinal);
        Assert.True(plain.ExitCode == 126, plain.ToString());
        Assert.Contains("train.sh", plain.Errors, StringComparison.Ordinal);
        JsonElement record = scene.LastRecord();
        Assert.Equal("failed:child", record.Text("stage"));
        Assert.Equal("126", record.Text("exitCode"));
        Assert.Null(record.Text("childExitCode"));
        Assert.Contains("may not be executed", record.Text("error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_that_is_killed_ends_with_137_and_the_record_says_by_what()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        Ran ran = await scene.RunAsync(["--data", "data/extra.csv"], "kill -KILL $$");

        Assert.True(ran.ExitCode == 137, ran.ToString());
        JsonElement record = scene.LastRecord();
        Assert.Equal("failed:child", record.Text("stage"));
        Assert.Equal("9", record.Text("signal"));
        Assert.Contains("out of memory", record.Text("error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_nobody_reads_ends_its_writer_as_in_a_shell()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        // .NET ignores SIGPIPE, and a child would inherit that: yes would complain of a broken pipe.
        await scene.RunOkAsync(["--data", "data/extra.csv"], "{ yes; echo $? > $SIGNS/yes; } | head -n 1 > $SIGNS/line");

        Assert.Equal("y", scene.Sign("line"));
        Assert.Equal("141", scene.Sign("yes"));
    }

    [Fact]
    public async Task What_the_trainer_leaves_running_is_ended_with_it()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        await scene.RunOkAsync(["--data", "data/extra.csv"], "sleep 600 & echo $! > $SIGNS/left");

        Assert.False(Directory.Exists($"/proc/{scene.Sign("left")}"), "the process is still there");
    }

    [Fact]
    public async Task A_child_in_dotnet_runs_as_well()
    {
        using RunScene scene = await RunScene.CreateAsync(template);

        Ran ran = await scene.Sandbox.DvOkAsync(scene.Clone, "run", "--data", "data/extra.csv", "--", DvProgram.FilePath, "verify", "--json", "data/extra.csv");

        Assert.Contains("{", ran.Output, StringComparison.Ordinal);
        Assert.Equal("verify", scene.LastRecord().Text("train.command.1"));
    }

    [Fact]
    public async Task The_trainer_finds_the_run_its_parameters_and_the_commit_in_its_environment()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string commit = (await scene.Sandbox.GitAsync(scene.Clone, "rev-parse", "HEAD")).Trim();

        await scene.RunOkAsync(["-p", "lr=0.5", "-p", "opt/name=a b"], "env > $SIGNS/env; pwd > $SIGNS/pwd", ("DV_RUN_KEY", "job-1"), ("OWN", "kept"));

        Dictionary<string, string> seen = scene.Sign("env").Split('\n').Where(l => l.Contains('=', StringComparison.Ordinal)).Select(l => l.Split('=', 2)).GroupBy(l => l[0]).ToDictionary(g => g.Key, g => g.Last()[1]);
        JsonElement record = scene.LastRecord();
        Assert.Equal(record.Text("runUuid"), seen["DV_RUN_ID"]);
        Assert.Equal("1", seen["DV_ATTEMPT"]);
        Assert.Equal("job-1", seen["DV_RUN_KEY"]);
        Assert.Equal(commit, seen["DV_COMMIT"]);
        Assert.Equal(commit, seen["DV_DATA_COMMIT"]);
        Assert.Equal(record.Text("dataDigest"), seen["DV_DATA_DIGEST"]);
        Assert.Equal("0.5", seen["DV_PARAM_LR"]);
        Assert.Equal("a b", seen["DV_PARAM_OPT_NAME"]);
        Assert.Equal("kept", seen["OWN"]);
        Assert.EndsWith("metrics.jsonl", seen["DV_METRICS"], StringComparison.Ordinal);
        Assert.False(seen.ContainsKey("MLFLOW_RUN_ID") && seen["MLFLOW_RUN_ID"].Length > 0);
        Assert.Equal(scene.Clone, scene.Sign("pwd"));
    }
}
