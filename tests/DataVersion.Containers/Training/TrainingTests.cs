using System.Security.Cryptography;
using System.Text;
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
        (Project project, BuiltImage built) = await scene.BuiltAsync();
        using ImageScan image = await ImageScan.ReadAsync(await images.EngineAsync(), built.Name, (await images.TrainAsync()).Name);

        string[] files = [.. image.Entries.Where(entry => !entry.IsFolder && entry.Path.StartsWith("app/", StringComparison.Ordinal)).Select(entry => entry.Path["app/".Length..]).Order(StringComparer.Ordinal)];

        Assert.Equal([".dv/config", "data/deep/er/extra.csv.dv", "data/payments.parquet.dv", "dv.pin.json", "params.yaml"], files);
        Assert.All(image.Entries, entry => Assert.False(entry.Path.StartsWith("app", StringComparison.Ordinal) && entry.Owner != "0:0", entry.ToString()));
        Assert.Empty(image.FilesWith(ImageSet.Canary));
        Assert.Equal(project.Commit, image.Label("org.opencontainers.image.revision"));
        Assert.Equal("10001:10001", image.Config.GetProperty("User").GetString());
    }

    [Fact]
    public async Task Its_label_is_the_hash_of_the_pin_in_it()
    {
        ContainerEngine engine = await images.EngineAsync();
        (Project project, BuiltImage built) = await scene.BuiltAsync();

        string pin = await engine.PodmanAsync(["run", "--rm", .. Locked.Options, "--entrypoint", "cat", built.Name, "/app/dv.pin.json"]);
        string label = await engine.PodmanAsync("image", "inspect", "--format", "{{index .Config.Labels \"dev.dv.pin.sha256\"}}", built.Name);

        // By hand, as docs/format.md says it: of all that stands before its own member.
        string body = $"{pin[..pin.LastIndexOf(",\"sha256\"", StringComparison.Ordinal)]}}}";
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))), label);
        Assert.Equal(project.PinSha256, label);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    public async Task An_image_whose_pin_is_not_the_one_that_was_meant_is_not_built(string? hash)
    {
        ContainerEngine engine = await images.EngineAsync();
        (Project project, _) = await scene.BuiltAsync();
        string[] argument = hash is null ? [] : ["--build-arg", $"PIN_SHA256={hash}"];

        ContainerRan ran = await engine.RunAsync("buildah", [
            "bud", "--layers", "--build-arg", $"BASE_TRAIN={(await images.TrainAsync()).Name}", "--build-arg", $"GIT_COMMIT={project.Commit}", .. argument, project.Folder]);

        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains($"PIN_SHA256 is '{hash}', the pin's hash is {project.PinSha256}: build with --build-arg PIN_SHA256=\"$(dv pin --sha256)\"", ran.Output + ran.Errors, StringComparison.Ordinal);
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
        // By its digest, which cannot be moved as a tag can.
        string reference = $"{registry.Address}/team/project@{(await File.ReadAllTextAsync(digestFile, Token)).Trim()}";
        string[] options = scene.Options("first", "--env", $"DV_IMAGE={reference}");

        ContainerRan ran = await engine.RunAsync("podman", ["run", "--rm", "--pull", "always", .. options, reference]);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        JsonNode record = await scene.RecordAsync();
        // The same volume, another trainer: what the first one left, and what it may do.
        ContainerRan after = await engine.RunAsync("podman", ["run", "--rm", .. options, reference, .. OneFile, "--", "sh", "-c", "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; touch /app/x 2>/dev/null || echo read-only; ls models"]);

        Assert.True(after.ExitCode == 0, after.ToString());
        Assert.Equal("10001\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nread-only\n", after.Output[..(after.Output.IndexOf("only\n", StringComparison.Ordinal) + 5)]);
        Assert.Contains("model.onnx", after.Output, StringComparison.Ordinal);
        Assert.Equal(("complete", "baked", project.Commit), (record["stage"]!.GetValue<string>(), record["pin"]!["source"]!.GetValue<string>(), record["pin"]!["commit"]!.GetValue<string>()));
        Assert.Equal(project.PinSha256, record["pin"]!["sha256"]!.GetValue<string>());
        Assert.Equal((reference, project.Commit), (record["image"]!["reference"]!.GetValue<string>(), record["image"]!["revisionLabel"]!.GetValue<string>()));
        Assert.Equal("data/payments.parquet True", $"{record["data"]![0]!["path"]} {record["data"]![0]!["verified"]!.GetValue<bool>()}");
        Assert.Contains("models", record["outputs"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("dvsecret", ran.Output + ran.Errors + record.ToJsonString(), StringComparison.Ordinal);
    }
}
