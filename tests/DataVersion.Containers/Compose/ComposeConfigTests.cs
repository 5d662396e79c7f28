using System.Text.Json.Nodes;
using DataVersion.Testing;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Compose;

/// <summary>Compose itself reads all files, for every profile, with nothing but the example of the settings.</summary>
public sealed class ComposeConfigTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            // Golden: what a test of the files themselves has found.
            foreach (string line in File.ReadAllLines(ProjectFolder.At("tests", "golden", "compose", "services.txt")))
                cases.Add(line[..line.IndexOf(": ", StringComparison.Ordinal)], line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Compose_reads_it_without_a_word_and_has_the_same_services(string what, string services)
    {
        using TempFolder folder = Prepare();
        string[] parts = what.Split(", ");
        string[] options = [.. parts[0].Split(" + ").SelectMany(f => (string[])["--file", f]), .. parts[1] == "no profile" ? [] : (string[])["--profile", parts[1]["profile ".Length..]]];

        ShellRan quiet = await ComposeProgram.RunAsync(folder.Path, [.. options, "config", "--quiet"]);
        ShellRan listed = await ComposeProgram.RunAsync(folder.Path, [.. options, "config", "--services"]);

        Assert.Equal((0, "", ""), (quiet.ExitCode, quiet.Output, quiet.Errors));
        Assert.Equal(services, string.Join(' ', listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Overrides_replace_the_GPUs_and_do_not_add_to_them()
    {
        using TempFolder folder = Prepare();
        async Task<JsonNode> Config(string over) => JsonNode.Parse((await ComposeProgram.RunAsync(folder.Path, "--file", "compose.yaml", "--file", over, "--profile", "train", "config", "--format", "json")).Output)!["services"]!;
        static JsonArray? Devices(JsonNode service) => service["deploy"]?["resources"]?["reservations"]?["devices"] as JsonArray;

        JsonNode cpu = await Config("compose.cpu.yaml");
        Assert.Null(Devices(cpu["training"]!));
        Assert.Equal("0", cpu["training"]!["environment"]!["DV_REQUIRE_GPU"]!.ToString());
        Assert.Null(Devices((await Config("compose.gpus-all.yaml"))["training"]!));
        JsonNode pinned = await Config("compose.pinned.yaml");
        Assert.Equal(["0"], Assert.Single(Devices(pinned["training-0"]!)!)!["device_ids"]!.AsArray().Select(i => i!.ToString()));
        Assert.Equal(["1"], Assert.Single(Devices(pinned["training-1"]!)!)!["device_ids"]!.AsArray().Select(i => i!.ToString()));
    }

    [Fact]
    public async Task Without_an_image_it_says_which_variable_is_missing()
    {
        using TempFolder folder = Prepare();
        File.WriteAllLines(folder.At(".env"), File.ReadAllLines(folder.At(".env")).Where(l => !l.StartsWith("DV_SERVE_IMAGE", StringComparison.Ordinal)));

        ShellRan ran = await ComposeProgram.RunAsync(folder.Path, "config", "--quiet");

        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains("DV_SERVE_IMAGE", ran.Errors, StringComparison.Ordinal);
    }

    private static TempFolder Prepare()
    {
        ComposeProgram.Require();
        var folder = new TempFolder();
        foreach (string file in Directory.EnumerateFiles(ProjectFolder.At("container"), "compose*.yaml"))
            File.Copy(file, folder.At(Path.GetFileName(file)));
        File.Copy(ProjectFolder.At("container", ".env.example"), folder.At(".env"));
        return folder;
    }
}
