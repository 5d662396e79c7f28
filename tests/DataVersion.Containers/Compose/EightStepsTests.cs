using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.Containers.Compose;

/// <summary>
/// The eight steps of container/README.md, run as they are printed. Not run here, for want of their images and hardware: MLflow's and SeaweedFS's own servers,
/// the PostgreSQL image (Debian's PostgreSQL is), a GPU.
/// </summary>
public sealed class EightStepsTests
{
    // What a step must print, as a regular expression.
    private static readonly Dictionary<int, string> Prints = new()
    {
        [2] = "\"experiments\"",
        [3] = "^503\n$",
        [5] = "Exited \\(0\\)",
        [6] = "Production",
        [8] = "\"probability\"",
    };

    [Fact]
    public void The_document_has_eight_steps_with_commands()
    {
        IReadOnlyList<ReadmeStep> steps = ReadmeSteps.Read();

        Assert.Equal(Enumerable.Range(1, 8), steps.Select(s => s.Number));
        Assert.All(steps, step => Assert.NotEmpty(step.Commands));
    }

    [Fact]
    public async Task They_lead_from_nothing_to_a_prediction()
    {
        await using PlatformScene scene = await PlatformScene.StartAsync();
        foreach (ReadmeStep step in ReadmeSteps.Read())
        {
            ShellRan ran = await scene.TypeAsync(step.Commands);
            TestContext.Current.TestOutputHelper?.WriteLine($"── {step.Number}. {step.Title}\n$ {string.Join("\n$ ", step.Commands)}\n{ran}");

            Assert.True(ran.ExitCode == 0, $"step {step.Number}, {step.Title}: {ran}{(ran.ExitCode == 0 ? "" : await LogsAsync(scene))}");
            if (Prints.TryGetValue(step.Number, out string? expected))
                Assert.Matches(expected, ran.Output);
        }
        await ShowWhatCameOfItAsync(scene);
    }

    private static async Task ShowWhatCameOfItAsync(PlatformScene scene)
    {
        ShellRan found = await scene.TypeAsync("""
            curl --silent --fail http://localhost:5000/api/2.0/mlflow/runs/search --header 'Content-Type: application/json' --data '{"experiment_ids": ["1"]}'
            """);
        JsonNode run = Assert.Single(JsonNode.Parse(found.Output)!["runs"]!.AsArray())!;
        Dictionary<string, string> tags = run["data"]!["tags"]!.AsArray().ToDictionary(t => t!["key"]!.ToString(), t => t!["value"]!.ToString());
        Assert.Equal("FINISHED", run["info"]!["status"]!.ToString());
        // The run knows its image, as compose.yaml tells it.
        Assert.Equal(PlatformImages.Variables["DV_TRAIN_IMAGE"], tags["mlflow.docker.image.uri"]);

        // Ready now; and the server takes a word from whoever has the token, and from nobody else.
        ShellRan asked = await scene.TypeAsync("""
            curl --silent --output /dev/null --write-out '%{http_code}\n' http://localhost:8000/health
            curl --silent --output /dev/null --write-out '%{http_code}\n' --request POST http://localhost:8000/admin/reload
            curl --silent --output /dev/null --write-out '%{http_code}\n' --request POST --header "Authorization: Bearer $(cat secrets/admin_token)" http://localhost:8000/admin/reload
            """);
        Assert.Equal("200\n401\n200\n", asked.Output);

        string inspected = await scene.InspectAsync();
        foreach (string secret in (string[])["postgres_password", "admin_token"])
            Assert.DoesNotContain(File.ReadAllText(Path.Combine(scene.Folder, "secrets", secret)).Trim(), inspected, StringComparison.Ordinal);
        string key = File.ReadAllLines(Path.Combine(scene.Folder, "secrets", "remote_credentials")).Single(l => l.StartsWith("aws_secret_access_key", StringComparison.Ordinal)).Split(' ')[^1];
        Assert.DoesNotContain(key, inspected, StringComparison.Ordinal);

        ShellRan down = await scene.TypeAsync("docker compose --profile '*' down --timeout 60");
        Assert.True(down.ExitCode == 0, down.ToString());
    }

    private static async Task<string> LogsAsync(PlatformScene scene) => (await scene.TypeAsync("docker compose --profile '*' ps --all; docker compose --profile '*' logs --no-color")).Output;
}
