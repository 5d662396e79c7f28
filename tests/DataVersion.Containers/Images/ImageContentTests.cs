using System.Text.Json;
using System.Text.RegularExpressions;
using DataVersion.Testing.Containers;
using Xunit;
using Xunit.Sdk;

namespace DataVersion.Containers.Images;

/// <summary>What the images are and hold, layer by layer.</summary>
public partial class ImageContentTests(ImageSet images)
{
    private const long Megabyte = 1_000_000;

    [Fact]
    public async Task The_tool_alone_is_small()
    {
        using ImageScan image = await ScanAsync(await images.DvAsync(), StandInBases.Runtime);

        AssertClean(image);
        AssertDescribed(image, "dv", StandInBases.Runtime);
        Assert.Equal(["dv"], image.Words("Entrypoint"));
        Assert.Contains(image.Entries, entry => entry is { Path: "work", IsFolder: true, Owner: "10001:10001" });
        Assert.InRange(image.Bytes, 1 * Megabyte, 60 * Megabyte);
        TestContext.Current.TestOutputHelper?.WriteLine($"over the runtime: {image.Bytes / 1e6:0.0} MB");
    }

    [Fact]
    public async Task The_trainers_image_has_dv_run_and_the_CUDA_provider_and_no_git()
    {
        using ImageScan image = await ScanAsync(await images.TrainAsync("cuda"), StandInBases.Cuda);

        AssertClean(image);
        AssertDescribed(image, "dv-train", StandInBases.Cuda);
        Assert.Equal(["dv", "run"], image.Words("Entrypoint"));
        Assert.Equal(["--out", "models", "--", "dv-train"], image.Words("Cmd"));
        Assert.Equal("/work", image.Config.GetProperty("WorkingDir").GetString());
        Assert.Contains(image.Entries, entry => entry.Path == "opt/dv-train/libonnxruntime_providers_cuda.so" || entry.Path.EndsWith("/libonnxruntime_providers_cuda.so", StringComparison.Ordinal));
        Assert.Contains(image.Entries, entry => entry is { Path: "work", IsFolder: true, Owner: "10001:10001" });
        Assert.InRange(image.Bytes, 1 * Megabyte, 600 * Megabyte);
        TestContext.Current.TestOutputHelper?.WriteLine($"over CUDA: {image.Bytes / 1e6:0.0} MB");
    }

    [Fact]
    public async Task The_trainers_image_with_git_has_git_and_nothing_else_more()
    {
        using ImageScan image = await ScanAsync(await images.TrainAsync("cpu", "git"), StandInBases.Runtime);

        AssertClean(image, "git");
        Assert.Contains(image.Entries, entry => entry.Path == "usr/bin/git");
        AssertDescribed(image, "dv-train", StandInBases.Runtime);
        Assert.DoesNotContain(image.Entries, entry => entry.Path.EndsWith("_providers_cuda.so", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Git_is_of_the_version_that_the_build_asked_for()
    {
        ContainerEngine engine = await images.EngineAsync();
        BuiltImage current = await images.TrainAsync("cpu", "git");
        string version = await engine.PodmanAsync("run", "--rm", "--entrypoint", "dpkg-query", current.Name, "--show", "--showformat", "${Version}", "git");
        string[] arguments = ["VARIANT=cpu", "TOOLS=git"];

        BuiltImage pinned = await images.BuildAsync("dv-train-cpu-pinned-git", "Dockerfile.train", null, [.. arguments, $"GIT_VERSION={version}"]);
        TrueException refused = await Assert.ThrowsAsync<TrueException>(() => images.BuildAsync("dv-train-cpu-no-git", "Dockerfile.train", null, [.. arguments, "GIT_VERSION=1:0.99-1"]));

        Assert.Equal(version, await engine.PodmanAsync("run", "--rm", "--entrypoint", "dpkg-query", pinned.Name, "--show", "--showformat", "${Version}", "git"));
        Assert.Contains("Version '1:0.99-1' for 'git' was not found", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_image_asks_itself_whether_it_is_well()
    {
        BuiltImage built = await images.ServeAsync();
        using ImageScan image = await ScanAsync(built, StandInBases.AspNet);

        AssertClean(image);
        AssertDescribed(image, "dv-serve", StandInBases.AspNet);
        Assert.Equal(["dv-serve"], image.Words("Entrypoint"));
        JsonElement health = image.Config.GetProperty("Healthcheck");
        Assert.Equal(["CMD", "dv-serve", "--healthcheck"], health.GetProperty("Test").EnumerateArray().Select(word => word.GetString()));
        Assert.Equal(60_000_000_000, health.GetProperty("StartPeriod").GetInt64());
        Assert.True(image.Config.GetProperty("ExposedPorts").TryGetProperty("8000/tcp", out _));
        Assert.DoesNotContain(image.Entries, entry => entry.Path.Contains("DuckDB", StringComparison.OrdinalIgnoreCase) || entry.Path.EndsWith("/dv-train.dll", StringComparison.Ordinal) || entry.Path.EndsWith("/dv.dll", StringComparison.Ordinal));
        long packed = await ImageScan.CompressedBytesAsync(await images.EngineAsync(), built.Name);
        Assert.InRange(packed, 1 * Megabyte, 250 * Megabyte);
        TestContext.Current.TestOutputHelper?.WriteLine($"over ASP.NET: {image.Bytes / 1e6:0.0} MB; whole, compressed: {packed / 1e6:0.0} MB");
    }

    [Fact]
    public async Task The_servers_image_for_CUDA_stands_on_CUDA()
    {
        using ImageScan image = await ScanAsync(await images.ServeAsync("cuda"), StandInBases.Cuda);

        AssertClean(image);
        AssertDescribed(image, "dv-serve", StandInBases.Cuda);
        Assert.Contains("ORT_PROVIDER=cuda", image.Words("Env"));
        Assert.Contains(image.Entries, entry => entry.Path.EndsWith("/libonnxruntime_providers_cuda.so", StringComparison.Ordinal));
        Assert.Contains(image.Entries, entry => entry.Path.StartsWith("usr/share/dotnet/shared/Microsoft.AspNetCore.App/", StringComparison.Ordinal));
    }

    private async Task<ImageScan> ScanAsync(BuiltImage image, string below) => await ImageScan.ReadAsync(await images.EngineAsync(), image.Name, below);

    private static void AssertDescribed(ImageScan image, string title, string below)
    {
        Assert.Equal("10001:10001", image.Config.GetProperty("User").GetString());
        string[] labels = [.. new[] { "title", "revision", "version", "source", "created", "licenses", "base.name" }.Select(name => image.Label($"org.opencontainers.image.{name}") ?? "none")];
        Assert.Equal([title, ImageSet.Commit, "1.2.3", "https://git.example/dv", "2026-01-02T03:04:05Z", "Apache-2.0", below], labels);
        Assert.DoesNotContain(image.Words("Env"), variable => SecretName().IsMatch(variable.Split('=')[0]));
    }

    private static void AssertClean(ImageScan image, params string[] allowed)
    {
        string[] strange = [.. image.Entries.Where(entry => IsForbidden(entry) && !allowed.Contains(Path.GetFileName(entry.Path))).Select(entry => entry.Path)];
        Assert.Empty(strange);
        Assert.Empty(image.FilesWith(ImageSet.Canary));
    }

    // Sources, what compiles them, what fetches things, and what those leave behind.
    private static bool IsForbidden(ImageEntry entry) =>
        Forbidden().IsMatch(entry.Path) && (!entry.IsFolder || entry.Path.EndsWith("dotnet/sdk", StringComparison.Ordinal));

    [GeneratedRegex(@"^usr/share/dotnet/(sdk|packs|templates)|\.(cs|csproj|pdb|nupkg|deb|dv)$|^(source|nuget|root|stage|host|tmp)/|/(curl|wget|git|gcc|cc|ld|make|dpkg-deb\.new)$|^var/(lib/apt/lists|cache/apt|log)/|(^|/)\.(env|git|nuget)")]
    private static partial Regex Forbidden();

    [GeneratedRegex("TOKEN|SECRET|PASSWORD|KEY", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
