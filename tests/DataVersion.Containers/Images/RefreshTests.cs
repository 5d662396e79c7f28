using DataVersion.Testing;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Images;

/// <summary>container/refresh-images.sh against a registry on loopback.</summary>
public class RefreshTests(ImageSet images)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Digests_are_those_of_the_registry_and_what_cannot_be_looked_up_stays()
    {
        ContainerEngine engine = await images.EngineAsync();
        using LocalRegistry registry = await LocalRegistry.StartAsync(Token);
        using var folder = new TempFolder();
        string image = $"{registry.Address}/vendor/base";
        string digestFile = folder.At("digest");
        await engine.PodmanAsync("push", "--quiet", "--digestfile", digestFile, StandInBases.System, $"{image}:1.0");
        string digest = (await File.ReadAllTextAsync(digestFile, Token)).Trim();
        await File.WriteAllTextAsync(folder.At("images.lock"), $"# bases\n{image} 1.0 -\n{registry.Address}/vendor/absent 2.0 -\n", Token);
        await File.WriteAllTextAsync(folder.At("Dockerfile.a"), $"ARG BASE_A={image}:1.0\nARG BASE_B={image}:1.0-slim\nARG BASE_C={registry.Address}/vendor/absent:2.0\n", Token);
        await File.WriteAllTextAsync(folder.At("compose.yaml"), $"image: \"{image}:1.0\"\n", Token);

        ContainerRan check = await RefreshAsync(engine, folder, "--check");
        string untouched = await File.ReadAllTextAsync(folder.At("images.lock"), Token);
        ContainerRan first = await RefreshAsync(engine, folder);
        string written = await File.ReadAllTextAsync(folder.At("Dockerfile.a"), Token);
        ContainerRan second = await RefreshAsync(engine, folder);

        Assert.Equal((1, 1, 1), (check.ExitCode, first.ExitCode, second.ExitCode));
        Assert.Contains($"{image} 1.0 -\n", untouched, StringComparison.Ordinal);
        Assert.Contains("warning: ", first.Errors, StringComparison.Ordinal);
        Assert.Equal($"# bases\n{image} 1.0 {digest}\n{registry.Address}/vendor/absent 2.0 -\n", await File.ReadAllTextAsync(folder.At("images.lock"), Token));
        Assert.Equal($"ARG BASE_A={image}:1.0@{digest}\nARG BASE_B={image}:1.0-slim\nARG BASE_C={registry.Address}/vendor/absent:2.0\n", written);
        Assert.Equal($"image: \"{image}:1.0@{digest}\"\n", await File.ReadAllTextAsync(folder.At("compose.yaml"), Token));
        Assert.Equal(written, await File.ReadAllTextAsync(folder.At("Dockerfile.a"), Token));
    }

    [Fact]
    public async Task When_all_is_as_written_the_check_passes_and_a_tag_that_moved_fails_it()
    {
        ContainerEngine engine = await images.EngineAsync();
        using LocalRegistry registry = await LocalRegistry.StartAsync(Token);
        using var folder = new TempFolder();
        string image = $"{registry.Address}/vendor/base";
        await engine.PodmanAsync("push", "--quiet", StandInBases.System, $"{image}:1.0");
        await File.WriteAllTextAsync(folder.At("images.lock"), $"{image} 1.0 -\n", Token);

        ContainerRan refreshed = await RefreshAsync(engine, folder);
        ContainerRan same = await RefreshAsync(engine, folder, "--check");
        await engine.PodmanAsync("push", "--quiet", StandInBases.Runtime, $"{image}:1.0");
        ContainerRan moved = await RefreshAsync(engine, folder, "--check");

        Assert.Equal((0, 0, 1), (refreshed.ExitCode, same.ExitCode, moved.ExitCode));
        Assert.Contains("→ sha256:", moved.Errors, StringComparison.Ordinal);
    }

    private static Task<ContainerRan> RefreshAsync(ContainerEngine engine, TempFolder folder, params string[] arguments) =>
        engine.RunAsync("env", [$"DV_IMAGES_LOCK={folder.At("images.lock")}", "DV_SKOPEO_OPTIONS=--tls-verify=false", "bash", ProjectFolder.At("container/refresh-images.sh"), .. arguments]);
}
