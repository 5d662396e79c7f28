using System.Text.Json.Nodes;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Training;

/// <summary>The training container: any commit, the same data, a record; whatever happens to it.</summary>
[Collection(TrainingCollection.Name)]
public class TrainingTests(ImageSet images, TrainingScene scene)
{
    // One small file of the pinned data: what these runs are about is not the data.
    private static readonly string[] OneFile = ["--data", "data/deep/er/extra.csv"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_pointer_is_in_the_projects_image_and_no_object()
    {
        (_, BuiltImage built) = await scene.BuiltAsync();
        using ImageScan image = await ImageScan.ReadAsync(await images.EngineAsync(), built.Name, (await images.TrainAsync()).Name);

        string[] files = [.. image.Entries.Where(entry => !entry.IsFolder && entry.Path.StartsWith("app/", StringComparison.Ordinal)).Select(entry => entry.Path["app/".Length..]).Order(StringComparer.Ordinal)];

        Assert.Equal([".dv/config", "data/deep/er/extra.csv.dv", "data/payments.parquet.dv", "dv.pin.json", "params.yaml"], files);
        Assert.All(image.Entries, entry => Assert.False(entry.Path.StartsWith("app", StringComparison.Ordinal) && entry.Owner != "0:0", entry.ToString()));
        Assert.Empty(image.FilesWith(ImageSet.Canary));
        Assert.Equal(scene.BuiltAsync().Result.Project.Commit, image.Label("org.opencontainers.image.revision"));
        Assert.Equal("10001:10001", image.Config.GetProperty("User").GetString());
    }

    [Fact]
    public async Task An_image_that_lacks_a_pointer_is_not_built()
    {
        ContainerEngine engine = await images.EngineAsync();
        using Project project = await Project.CreateAsync("project", "payments.parquet", rows: 100);

        ContainerRan ran = await engine.RunAsync("buildah", [
            "bud", "--build-arg", $"BASE_TRAIN={(await images.TrainAsync()).Name}", "--build-arg", $"GIT_COMMIT={project.Commit}", project.Folder]);

        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains("data/deep/er/extra.csv.dv: in the pin, and not in the image: name its folder in .dockerignore", ran.Output + ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_a_registry_it_pulls_what_the_pin_names_trains_and_records_with_all_rights_dropped()
    {
        ContainerEngine engine = await images.EngineAsync();
        (Project project, BuiltImage image) = await scene.BuiltAsync();
        using LocalRegistry registry = await LocalRegistry.StartAsync(Token);
        string digestFile = Path.Combine(engine.Folder, "digest");
        await engine.PodmanAsync("push", "--quiet", "--format", "v2s2", "--digestfile", digestFile, image.Name, $"{registry.Address}/team/project:{project.Commit}");
        string reference = $"{registry.Address}/team/project@{(await File.ReadAllTextAsync(digestFile, Token)).Trim()}";
        // Something else has been pushed under that tag in the meantime, say: the digest is what counts.
        string[] options = scene.Options("first", "--env", $"DV_IMAGE={reference}");

        ContainerRan ran = await engine.RunAsync("podman", ["run", "--rm", "--pull", "always", .. options, reference]);
        ContainerRan again = await engine.RunAsync("podman", ["run", "--rm", .. options, reference, .. OneFile, "--", "sh", "-c", "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; touch /app/x 2>/dev/null || echo read-only; ls models"]);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        JsonNode record = await scene.RecordAsync();
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Equal(["10001", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "read-only"], again.Output.Split('\n')[..5].Order(StringComparer.Ordinal).OrderBy(Rank));
        Assert.Contains("model.onnx", again.Output, StringComparison.Ordinal);
        Assert.Equal(reference, record["image"]!["reference"]!.GetValue<string>());
        JsonNode first = JsonNode.Parse(await project.Host.DvAsync(project.Folder, "runs", "--json"))!["runs"]!.AsArray().Last()!;
        JsonNode trained = JsonNode.Parse(await project.Host.DvAsync(project.Folder, "runs", "show", first["run"]!.GetValue<string>(), "--json"))!;
        Assert.Equal(("complete", "baked", project.Commit), (trained["stage"]!.GetValue<string>(), trained["pin"]!["source"]!.GetValue<string>(), trained["pin"]!["commit"]!.GetValue<string>()));
        Assert.DoesNotContain("dvsecret", ran.Output + ran.Errors + trained.ToJsonString(), StringComparison.Ordinal);
    }

    private static int Rank(string line) => line switch { "10001" => 0, ['C', ..] => 1, ['N', ..] => 2, _ => 3 };
}
