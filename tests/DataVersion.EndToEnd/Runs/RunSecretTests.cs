using System.Text;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Secrets are planted everywhere that a run looks at, and must come out nowhere.</summary>
public class RunSecretTests(RunTemplate template)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_planted_secret_is_in_any_file_of_the_run_here_or_on_the_remote_nor_in_what_is_printed()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        var planted = new Planted();
        await scene.Sandbox.GitAsync(scene.Clone, "remote", "set-url", "origin", $"https://tester:{planted.New("url")}@git.example.invalid/repo.git");
        await File.AppendAllTextAsync(Path.Combine(scene.Clone, "train.sh"), $"password = \"{planted.New("diff")}\"\n", Cancel);
        Sandbox.Write(scene.Clone, "params.yaml", $"db:\n  password: {planted.New("yaml")}\nlr: 1\n");
        await scene.Sandbox.DvOkAsync(scene.Clone, "config", "--local", "run.redact", "INTERNAL-[0-9A-F]+");
        string own = planted.Add("own", $"INTERNAL-{Guid.NewGuid():N}".ToUpperInvariant());
        string token = planted.Add("github", $"ghp_{Guid.NewGuid():N}"), variable = planted.New("variable");
        string[] command =
        [
            "run", "--allow-dirty", "-o", "models", "--params-file", "params.yaml", "-p", $"api_key={planted.New("option")}", "-p", $"note=by {token}", "--",
            "sh", "-c", Trainer, "trainer", "--password", planted.New("argument"), $"--token={planted.New("joined")}", $"http://u:{planted.New("address")}@host.invalid/", token, own,
            $"literally {variable}",
        ];

        Ran ran = await scene.Sandbox.RunAsync(
            DvProgram.FilePath, scene.Clone, command, ("WANDB_API_KEY", variable), ("DV_PARAM_SECRET", planted.New("parameter")), ("DV_RUN_KEY", $"job {planted.Add("key", $"hf_{Guid.NewGuid():N}")}"));

        Assert.True(ran.ExitCode == 0, ran.ToString());
        // The trainer itself got what it was given.
        Assert.Equal(variable, scene.Sign("variable"));
        Assert.Equal(planted["argument"], scene.Sign("argument"));
        Assert.Equal("True", scene.LastRecord().Text("train.redacted"));
        // What only sounds like a secret stays.
        Assert.Equal("""{"loss":1,"token_accuracy":0.9}""", scene.LastRecord().Text("metrics.final")!.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));
        AssertNowhere(planted, ran, RunScene.RunsOf(scene.Clone), scene.Sandbox.At("storage"));
        string record = await File.ReadAllTextAsync(Path.Combine(RunScene.Runs(scene.RemoteRuns)[0], "provenance.json"), Cancel);
        Assert.Contains("[redacted]", record, StringComparison.Ordinal);
        Assert.Contains("git.example.invalid/repo.git", record, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_in_a_message_of_failure_is_taken_out()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        var planted = new Planted();

        Ran missing = await scene.Sandbox.DvAsync(scene.Clone, "run", "--data", "data/extra.csv", "--", planted.Add("command", $"ghp_{Guid.NewGuid():N}"));
        Ran output = await scene.RunAsync(["--data", "data/extra.csv", "-o", planted.Add("output", $"ghp_{Guid.NewGuid():N}")], "true");
        Ran repository = await scene.RunAsync(["--repo", $"https://u:{planted.New("url")}@127.0.0.1:9/x.git", "--rev", "main"], "touch $SIGNS/started");

        Assert.True(missing.ExitCode == 127, missing.ToString());
        Assert.True(output.ExitCode == 66, output.ToString());
        scene.AssertRefused(repository, 69, "127.0.0.1");
        AssertNowhere(planted, repository, RunScene.RunsOf(scene.Clone), scene.Sandbox.At("storage"));
    }

    // A metric's name may not have '=' or ':' in it, but a line that is none is kept with the others.
    private const string Trainer = """
        printf %s "$WANDB_API_KEY" > $SIGNS/variable; printf %s "$2" > $SIGNS/argument
        echo '{"name":"loss","value":1,"step":0}' >> $DV_METRICS
        echo "{\"name\":\"$WANDB_API_KEY\",\"value\":1}" >> $DV_METRICS
        echo '{"step":1,"token_accuracy":0.9}' >> $DV_METRICS
        echo "Authorization: Bearer $WANDB_API_KEY" >> $DV_METRICS
        echo model > models
        """;

    private static void AssertNowhere(Planted planted, Ran ran, params string[] folders)
    {
        foreach ((string name, string secret) in planted.All)
        {
            Assert.False((ran.Output + ran.Errors).Contains(secret, StringComparison.OrdinalIgnoreCase), $"'{name}' is printed: {ran}");
            byte[] bytes = Encoding.UTF8.GetBytes(secret);
            foreach (string file in folders.SelectMany(f => Directory.GetFiles(f, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })))
            {
                Assert.False(file.Contains(secret, StringComparison.OrdinalIgnoreCase), $"'{name}' is in the name {file}");
                Assert.False(File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0, $"'{name}' is in {file}");
            }
        }
    }

    private sealed class Planted
    {
        private readonly Dictionary<string, string> _secrets = [];

        public IEnumerable<(string Name, string Secret)> All => _secrets.Select(s => (s.Key, s.Value));

        public string this[string name] => _secrets[name];

        public string New(string name) => Add(name, $"S3cr{Guid.NewGuid():N}");

        public string Add(string name, string secret) => _secrets[name] = secret;
    }
}
