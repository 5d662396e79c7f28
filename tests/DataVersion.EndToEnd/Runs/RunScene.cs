using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Committed and pushed data (<c>data/train</c> of three files, <c>data/extra.csv</c>), a directory remote, and a fresh clone that a trainer runs in.</summary>
internal sealed class RunScene : IDisposable
{
    // What a machine that tests run on may say of itself, and what dv run would listen to.
    private static readonly string[] Foreign =
    [
        "CI", "CONTINUOUS_INTEGRATION", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "BUILDKITE", "TF_BUILD", "TEAMCITY_VERSION", "KUBERNETES_SERVICE_HOST", "container",
        "RANK", "WORLD_SIZE", "JOB_COMPLETION_INDEX", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "OPENLINEAGE_URL", "GIT_COMMIT",
    ];

    private RunScene(Sandbox sandbox)
    {
        Sandbox = sandbox;
        Signs = Directory.CreateDirectory(sandbox.At("signs")).FullName;
        foreach (string name in Foreign)
            sandbox.Set(name, "");
        sandbox.Set("SIGNS", Signs);
        sandbox.Set("DV_TRUST_REMOTE", "1");
        // An absent answer from the cloud's own address must not be waited for.
        sandbox.Set("AWS_EC2_METADATA_DISABLED", "true");
    }

    public Sandbox Sandbox { get; }

    /// <summary>Where the data were added.</summary>
    public string Source => Sandbox.At("repo");

    /// <summary>A fresh clone.</summary>
    public string Clone => Sandbox.At("clone");

    /// <summary>Where trainers leave signs of themselves, outside of the repositories; they find it in <c>$SIGNS</c>.</summary>
    public string Signs { get; }

    /// <summary>The directory remote's runs.</summary>
    public string RemoteRuns => Sandbox.At("storage", "dvstore", "v1", "runs");

    /// <summary>A Python that starts at once where there is one.</summary>
    public static string Python { get; } = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RunScene> CreateAsync(RunTemplate template)
    {
        var scene = new RunScene(new Sandbox());
        await template.CopyAsync(scene.Sandbox);
        await scene.Sandbox.CloneAsync(scene.Source, "clone");
        return scene;
    }

    /// <summary><c>dv run OPTIONS -- sh -c SCRIPT</c> in the clone.</summary>
    public Task<Ran> RunAsync(string[] options, string script, params (string Name, string Value)[] variables) => RunInAsync(Clone, options, script, variables);

    /// <summary>The same somewhere else.</summary>
    public Task<Ran> RunInAsync(string folder, string[] options, string script, params (string Name, string Value)[] variables) =>
        Sandbox.RunAsync(DvProgram.FilePath, folder, ["run", .. options, "--", "sh", "-c", script], variables);

    /// <summary>The same, and it must end with 0.</summary>
    public async Task<Ran> RunOkAsync(string[] options, string script, params (string Name, string Value)[] variables)
    {
        Ran ran = await RunAsync(options, script, variables);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        return ran;
    }

    /// <summary>Starts <c>dv run</c> in the clone, to be signalled.</summary>
    public RunningDv Start(string[] options, string script, params (string Name, string Value)[] variables) =>
        RunningDv.Start(Sandbox, Clone, ["run", .. options, "--", "sh", "-c", script], variables);

    /// <summary>The program must have ended so, without a trainer having been started.</summary>
    public void AssertRefused(Ran ran, int exitCode, string says)
    {
        Assert.True(ran.ExitCode == exitCode, ran.ToString());
        Assert.Contains(says, ran.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Signs, "started")), $"the trainer was started: {ran}");
    }

    /// <summary>What a trainer left in a file of <see cref="Signs"/>.</summary>
    public string Sign(string name) => File.ReadAllText(Path.Combine(Signs, name)).Trim();

    /// <summary>Commits a file to the clone.</summary>
    public async Task CommitFileAsync(string path, string text)
    {
        Sandbox.Write(Clone, path, text);
        await Sandbox.CommitAsync(Clone, path);
    }

    /// <summary>Where a repository keeps its runs.</summary>
    public static string RunsOf(string repository) => Path.Combine(repository, Directory.Exists(Path.Combine(repository, ".git")) ? ".git/dv/runs" : ".dv/runs");

    /// <summary>The folders of the runs in a folder of runs, the latest last.</summary>
    public static IReadOnlyList<string> Runs(string runs) => Directory.Exists(runs)
        ? [.. Directory.GetDirectories(runs).Where(d => !Path.GetFileName(d).StartsWith("by-", StringComparison.Ordinal) && File.Exists(Path.Combine(d, "provenance.json"))).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The record of the clone's latest run.</summary>
    public JsonElement LastRecord() => ReadRecord(Runs(RunsOf(Clone))[^1]);

    public static JsonElement ReadRecord(string run) => Json(File.ReadAllText(Path.Combine(run, "provenance.json")));

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    /// <summary>Waits until something holds.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), string.Create(CultureInfo.InvariantCulture, $"not within a minute: {what}"));
            await Task.Delay(10, Cancel);
        }
    }

    public void Dispose() => Sandbox.Dispose();
}

/// <summary>Properties of a record by a path such as <c>train.params.lr</c> or <c>outputs.0.sha256</c>.</summary>
internal static class RecordPaths
{
    /// <summary>What is there as text; null where nothing is.</summary>
    public static string? Text(this JsonElement record, string path)
    {
        JsonElement at = record;
        foreach (string part in path.Split('.'))
        {
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, CultureInfo.InvariantCulture, out int index))
            {
                if (index >= at.GetArrayLength())
                    return null;
                at = at[index];
            }
            else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at))
            {
                return null;
            }
        }
        return at.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? at.GetRawText() : at.ToString();
    }
}
