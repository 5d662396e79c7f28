using System.Text.Json.Nodes;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Training;

/// <summary>How a training container ends: exit codes and signals, as a scheduler sees them.</summary>
[Collection(TrainingCollection.Name)]
public class TrainingEndTests(ImageSet images, TrainingScene scene)
{
    private static readonly string[] OneFile = ["--data", "data/deep/er/extra.csv"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(42, "42", "failed:child", "--", "sh", "-c", "exit 42")]
    [InlineData(72, null, "failed:preflight", "--require-gpu", "--", "true")]
    [InlineData(127, null, "failed:child", "--", "no-such-trainer")]
    public async Task The_exit_code_is_the_trainers_or_says_what_failed(int code, string? child, string stage, params string[] command)
    {
        ContainerRan ran = await scene.RunAsync(scene.Options("ends"), [.. OneFile, .. command]);
        JsonNode record = await scene.RecordAsync();

        Assert.True(ran.ExitCode == code, ran.ToString());
        Assert.Equal((stage, child), (record["stage"]!.GetValue<string>(), record["childExitCode"]?.ToString()));
    }

    [Fact]
    public async Task Without_a_pin_nothing_is_trained()
    {
        ContainerEngine engine = await images.EngineAsync();

        ContainerRan ran = await engine.RunAsync("podman", ["run", "--rm", .. Locked.Options, "--tmpfs", "/work:mode=1777", (await images.TrainAsync()).Name]);

        Assert.True(ran.ExitCode == 78, ran.ToString());
        Assert.Contains("nor a dv.pin.json there or in /app", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pin_of_another_commit_than_the_code_is_refused()
    {
        ContainerRan ran = await scene.RunAsync(scene.Options("other", "--env", "GIT_COMMIT=89abcdef0123456789abcdef0123456789abcdef"), [.. OneFile, "--", "true"]);

        Assert.True(ran.ExitCode == 78, ran.ToString());
    }

    [Fact]
    public async Task Data_that_are_damaged_missing_or_out_of_reach_start_no_trainer()
    {
        using DamagedRemote remote = await DamagedRemote.CreateAsync();

        ContainerRan damaged = await scene.RunAsync(remote.Options(scene, "damaged"), "--data", "data/payments.csv", "--", "echo", "started");
        ContainerRan missing = await scene.RunAsync(remote.Options(scene, "missing"), "--data", "data/deep/er/extra.csv", "--", "echo", "started");
        ContainerRan refused = await scene.RunAsync([.. remote.Options(scene, "refused"), "--env", "AWS_ACCESS_KEY_ID=strangerkey", "--env", "AWS_SECRET_ACCESS_KEY=strangersecret"], "--", "echo", "started");
        ContainerRan away = await scene.RunAsync(remote.OptionsOfAbsentServer(scene, "away"), "--", "echo", "started");

        Assert.True((damaged.ExitCode, missing.ExitCode, refused.ExitCode, away.ExitCode) == (65, 66, 77, 69), string.Join('\n', damaged, missing, refused, away));
        Assert.DoesNotContain("started", damaged.Output + missing.Output + refused.Output + away.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trap 'exit 7' TERM;", 7)]
    [InlineData("", 143)]
    public async Task SIGTERM_comes_through_and_the_record_says_killed(string trap, int code)
    {
        ContainerEngine engine = await images.EngineAsync();
        (_, BuiltImage image) = await scene.BuiltAsync();
        string name = $"term-{code}";
        await engine.PodmanAsync(["run", "--detach", "--name", name, .. scene.Options($"volume-{code}"), image.Name, .. OneFile, "--", "sh", "-c", $"{trap} echo ready; while :; do sleep 0.1; done"]);
        while (!(await engine.RunAsync("podman", "logs", name)).Output.Contains("ready", StringComparison.Ordinal))
            await Task.Delay(100, Token);

        // As Docker, Compose and Kubernetes do it: SIGTERM, and SIGKILL only after the grace.
        await engine.PodmanAsync("stop", "--time", "60", name);
        string ended = await engine.PodmanAsync("wait", name);
        JsonNode record = await scene.RecordAsync();
        await engine.PodmanAsync("rm", name);

        Assert.Equal(code.ToString(System.Globalization.CultureInfo.InvariantCulture), ended);
        Assert.Equal("killed", record["stage"]!.GetValue<string>());
    }
}
