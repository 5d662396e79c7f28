using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Runs that were recorded in an image, with a program that stands for podman: it starts the trainer where a container would.</summary>
public class ReproduceImageTests
{
    private const string Digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    private const string Image = $"registry.invalid/team/train@{Digest}";

    [Fact]
    public async Task The_trainer_runs_in_the_recorded_image()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        scene.Sandbox.Set("OMP_NUM_THREADS", "2");
        scene.Sandbox.Set("SOME_PASSWORD", "hunter2-hunter2");
        (string run, string log) = await RunInImageAsync(scene, hasImage: true);

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(": identical\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains("equal image (equal)", ran.Output, StringComparison.Ordinal);
        string[] calls = File.ReadAllLines(log);
        Assert.Equal($"image inspect {Image}", calls[0]);
        string command = Assert.Single(calls, c => c.StartsWith("run ", StringComparison.Ordinal));
        Assert.EndsWith($"--entrypoint sh {Image} train.sh", command, StringComparison.Ordinal);
        foreach (string name in (string[])["DV_METRICS", "DV_PARAM_SEED", "DV_RUN_ID", "OMP_NUM_THREADS"])
            Assert.Contains($"-e {name} ", command, StringComparison.Ordinal);
        Assert.DoesNotContain("SOME_PASSWORD", command, StringComparison.Ordinal);
        Assert.DoesNotContain("nvidia", command, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_cannot_be_had_is_an_obstacle_unless_the_host_will_do()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        (string run, string log) = await RunInImageAsync(scene, hasImage: false);

        Ran refused = await scene.ReproduceAsync(run);
        Ran onHost = await scene.ReproduceAsync(run, "--host", "--json");

        Assert.True(refused.ExitCode == 2, refused.ToString());
        Assert.Contains($"podman does not have the image '{Image}', and cannot pull it: Error: no such host", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllLines(log), c => c.StartsWith("run ", StringComparison.Ordinal));
        Assert.True(onHost.ExitCode == 0, onHost.ToString());
        JsonNode result = JsonNode.Parse(onHost.Output)!["runs"]![0]!;
        Assert.False(result["same"]!["image"]!.GetValue<bool>());
        Assert.Contains(result["causes"]!.AsArray(), c => c!["name"]!.GetValue<string>() == "image");
    }

    [Fact]
    public async Task Inside_of_the_recorded_image_no_engine_is_needed()
    {
        using ReproduceScene scene = await ReproduceScene.CreateAsync();
        (string run, string log) = await RunInImageAsync(scene, hasImage: false);
        scene.Sandbox.Set("DV_IMAGE", Image);

        Ran ran = await scene.ReproduceAsync(run);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.False(File.Exists(log));
    }

    private static async Task<(string Run, string Log)> RunInImageAsync(ReproduceScene scene, bool hasImage)
    {
        scene.Sandbox.Set("DV_IMAGE", Image);
        string run = await scene.RunAsync();
        scene.Sandbox.Set("DV_IMAGE", "");
        string log = scene.Sandbox.At("podman.log");
        ReproduceScene.WriteProgram(scene.UsePrograms("git", "sh", "cat", "mkdir"), "podman", $$"""
            #!/bin/sh
            echo "$@" >> {{log}}
            case $1 in
              image) exit {{(hasImage ? 0 : 1)}} ;;
              pull) echo "Trying to pull" >&2; echo "Error: no such host" >&2; exit 125 ;;
            esac
            while [ $# -gt 0 ]; do
              case $1 in
                --workdir) cd "$2" ;;
                --entrypoint) program=$2; shift 3; exec "$program" "$@" ;;
              esac
              shift
            done
            exit 125
            """);
        return (run, log);
    }
}
