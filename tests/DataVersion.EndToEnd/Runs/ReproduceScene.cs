using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>A repository with data, a trainer and a remote, in which runs are made and repeated.</summary>
internal sealed class ReproduceScene : IDisposable
{
    /// <summary>Its model is the data and the seed; its metric depends on the seed.</summary>
    public const string Deterministic = """
        mkdir -p models
        { cat data/*.txt; echo "seed $DV_PARAM_SEED"; } > models/m.bin
        echo "{\"name\":\"loss\",\"value\":0.${DV_PARAM_SEED:-5}}" >> "$DV_METRICS"
        echo said by the trainer
        """;

    private ReproduceScene(string repository, Sandbox sandbox) => (Repository, Sandbox) = (repository, sandbox);

    public Sandbox Sandbox { get; }

    public string Repository { get; }

    public static async Task<ReproduceScene> CreateAsync(string trainer = Deterministic)
    {
        var sandbox = new Sandbox();
        // Left over worktrees would be found there.
        sandbox.Set("TMPDIR", Directory.CreateDirectory(sandbox.At("tmp")).FullName);
        var scene = new ReproduceScene(await sandbox.CreateRepositoryAsync(), sandbox);
        Sandbox.Write(scene.Repository, "data/a.txt", "one\n");
        Sandbox.Write(scene.Repository, "train.sh", trainer + "\n");
        Sandbox.Write(scene.Repository, ".gitignore", "/models/\n/.venv/\n");
        await sandbox.DvOkAsync(scene.Repository, "add", "-q", "data");
        await sandbox.CommitAsync(scene.Repository, "first");
        await sandbox.DvOkAsync(scene.Repository, "push", "-q");
        return scene;
    }

    /// <summary>Runs the trainer under dv, and returns the run's id.</summary>
    public Task<string> RunAsync(params string[] options) => RunCommandAsync(["sh", "train.sh"], options);

    public async Task<string> RunCommandAsync(string[] command, params string[] options)
    {
        await Sandbox.DvOkAsync(Repository, ["run", "--allow-dirty", "-o", "models", "--param", "seed=7", .. options, "--", .. command]);
        Ran list = await Sandbox.DvOkAsync(Repository, "runs", "--json", "--local");
        return JsonNode.Parse(list.Output)!["runs"]![0]!["run"]!.GetValue<string>();
    }

    public Task<Ran> ReproduceAsync(params string[] arguments) => Sandbox.DvAsync(Repository, ["reproduce", .. arguments]);

    /// <summary>The run's own record, changed, as a file that somebody sent.</summary>
    public string WriteRecord(string id, Action<JsonNode> change, string name = "sent")
    {
        JsonNode record = JsonNode.Parse(File.ReadAllText(RecordOf(id)))!;
        change(record);
        string folder = Directory.CreateDirectory(Sandbox.At(name)).FullName;
        string file = Path.Combine(folder, "provenance.json");
        File.WriteAllText(file, record.ToJsonString());
        return file;
    }

    public string RecordOf(string id, string document = "provenance.json") => Path.Combine(Repository, ".git", "dv", "runs", id, document);

    /// <summary>How many runs this repository keeps.</summary>
    public int CountRuns() => Directory.GetDirectories(Path.Combine(Repository, ".git", "dv", "runs")).Length;

    /// <summary>The next data version, committed and pushed.</summary>
    public async Task MoveOnAsync()
    {
        Sandbox.Write(Repository, "data/a.txt", "two\n");
        Sandbox.Write(Repository, "train.sh", "echo other code; exit 1\n");
        await Sandbox.DvOkAsync(Repository, "add", "-q", "data");
        await Sandbox.CommitAsync(Repository, "second");
        await Sandbox.DvOkAsync(Repository, "push", "-q");
    }

    /// <summary>The user's files, index and HEAD.</summary>
    public string Snapshot() => string.Join('\n', Sandbox.Snapshot(Repository).Split('\n')
        .Where(l => !l.StartsWith(".git/", StringComparison.Ordinal) || l.StartsWith(".git/index ", StringComparison.Ordinal)
            || l.StartsWith(".git/HEAD ", StringComparison.Ordinal) || l.StartsWith(".git/refs/", StringComparison.Ordinal) || l.StartsWith(".git/worktrees", StringComparison.Ordinal)));

    public async Task AssertNothingIsLeftAsync()
    {
        string worktrees = await Sandbox.GitAsync(Repository, "worktree", "list");
        Assert.Single(worktrees.TrimEnd().Split('\n'));
        Assert.Empty(Directory.GetFileSystemEntries(Sandbox.At("tmp"), "dv-reproduce*"));
    }

    /// <summary>A search path with only these programs, so that nothing depends on what else the machine has.</summary>
    public string UsePrograms(params string[] names)
    {
        string bin = Directory.CreateDirectory(Sandbox.At("bin")).FullName;
        foreach (string name in names)
        {
            string source = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, name)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(bin, name), source);
        }
        Sandbox.Set("PATH", bin);
        return bin;
    }

    public static void WriteProgram(string folder, string name, string script)
    {
        string file = Path.Combine(folder, name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(file, script);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => Sandbox.Dispose();
}
