using System.Collections.Concurrent;
using DataVersion.Testing.Containers;
using Xunit;

[assembly: AssemblyFixture(typeof(DataVersion.Containers.ImageSet))]

namespace DataVersion.Containers;

/// <summary>An image that was built here.</summary>
/// <param name="Name">Its name in <see cref="ImageSet.EngineAsync"/>.</param>
/// <param name="Log">What the build printed.</param>
public sealed record BuiltImage(string Name, string Log);

/// <summary>
/// The images of container/, on stand-in bases, each built once for the whole program when the first test asks for it. The context is a copy of what Git tracks
/// with things beside it that must never get into an image.
/// </summary>
public sealed class ImageSet : IAsyncDisposable
{
    /// <summary>The commit that the images say they are of.</summary>
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    /// <summary>Planted in the context; found in a layer, it is a leak.</summary>
    public const string Canary = "canary-4f1c9e07d2ab";

    private readonly Lazy<Task<ContainerEngine>> _engine = new(StartAsync);
    private readonly Lazy<Task<string>> _context;
    private readonly ConcurrentDictionary<string, Lazy<Task<BuiltImage>>> _images = new(StringComparer.Ordinal);

    /// <summary>Builds nothing yet.</summary>
    public ImageSet() => _context = new(CopyContextAsync);

    /// <summary>Where they are; skips the test where containers cannot be had.</summary>
    public Task<ContainerEngine> EngineAsync()
    {
        ContainerTools.Require();
        return _engine.Value;
    }

    /// <summary>The folder that they are built from.</summary>
    public async Task<string> ContextAsync()
    {
        await EngineAsync();
        return await _context.Value;
    }

    /// <summary>The tool's image.</summary>
    public Task<BuiltImage> DvAsync() => ImageAsync("dv", "Dockerfile.dv");

    /// <summary>The trainer's image: <c>cuda</c> (on a base without CUDA here) or <c>cpu</c>; <c>none</c> or <c>git</c>.</summary>
    public async Task<BuiltImage> TrainAsync(string variant = "cuda", string tools = "none")
    {
        // It has the tool's layers in it: one after the other, they are made once.
        await DvAsync();
        return await ImageAsync($"dv-train-{variant}-{tools}", "Dockerfile.train", $"VARIANT={variant}", $"TOOLS={tools}");
    }

    /// <summary>The server's image.</summary>
    public Task<BuiltImage> ServeAsync(string variant = "cpu") => ImageAsync($"dv-serve-{variant}", "Dockerfile.serve", $"VARIANT={variant}");

    /// <summary>In the place of MLflow's own image: Debian's Python with pip, a package, and a program that says what it was given.</summary>
    public Task<BuiltImage> MlflowBaseAsync() => _images.GetOrAdd("stand-in-mlflow", _ => new Lazy<Task<BuiltImage>>(BuildMlflowBaseAsync)).Value;

    /// <summary>Builds an image of container/ anew, layers of earlier builds used as far as they fit.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dockerfile">The file's name in container/.</param>
    /// <param name="context">Another copy of the sources; null for <see cref="ContextAsync"/>.</param>
    /// <param name="arguments">Build arguments, NAME=VALUE.</param>
    public async Task<BuiltImage> BuildAsync(string name, string dockerfile, string? context = null, params IEnumerable<string> arguments)
    {
        context ??= await ContextAsync();
        return await BuildInAsync(context, name, Path.Combine(context, "container", dockerfile), [.. Bases(), $"GIT_COMMIT={Commit}", "VERSION=1.2.3", "SOURCE=https://git.example/dv", "CREATED=2026-01-02T03:04:05Z", .. arguments]);
    }

    /// <summary>Builds any image.</summary>
    public async Task<BuiltImage> BuildInAsync(string context, string name, string dockerfile, params IEnumerable<string> arguments)
    {
        ContainerEngine engine = await EngineAsync();
        string tag = $"localhost/{name}:test";
        // The format of Docker: OCI's has no health check.
        string[] options = ["bud", "--format", "docker", "--layers", "--network", "host", .. HostVolumes(engine), "--tag", tag, "--file", dockerfile];
        ContainerRan ran = await engine.RunAsync("buildah", [.. options, .. arguments.SelectMany(a => new[] { "--build-arg", a }), context]);
        Assert.True(ran.ExitCode == 0, $"building {name}: {ran}");
        return new BuiltImage(tag, ran.Output + ran.Errors);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_engine.IsValueCreated && _engine.Value.IsCompletedSuccessfully)
            await (await _engine.Value).DisposeAsync();
    }

    private static string[] Bases() =>
        [$"BASE_SDK={StandInBases.Sdk}", $"BASE_RUNTIME={StandInBases.Runtime}", $"BASE_ASPNET={StandInBases.AspNet}", $"BASE_CUDA={StandInBases.Cuda}"];

    private static async Task<ContainerEngine> StartAsync()
    {
        await ContainerEngine.RemoveLeftoversAsync();
        string bases = await StandInBases.EnsureAsync();
        // Layers of the last time are used again there, which is for people who work on the images.
        if (Environment.GetEnvironmentVariable("DV_TEST_CONTAINERS") is not { Length: > 0 } kept)
            return new ContainerEngine(bases);
        var engine = new ContainerEngine(bases, Path.GetFullPath(kept));
        await engine.PodmanAsync("rm", "--all", "--force", "--time", "0");
        await engine.PodmanAsync("volume", "rm", "--all", "--force");
        return engine;
    }

    private async Task<BuiltImage> BuildMlflowBaseAsync()
    {
        string context = Directory.CreateDirectory(Path.Combine((await EngineAsync()).Folder, "stand-in-mlflow")).FullName;
        SourceTree.Write(context, "Dockerfile", $"""
            FROM {StandInBases.System}
            RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED
            COPY METADATA /usr/lib/python3/dist-packages/mlflow_stand_in-1.0.dist-info/METADATA
            COPY --chmod=755 mlflow /usr/local/bin/mlflow

            """);
        SourceTree.Write(context, "METADATA", "Metadata-Version: 2.1\nName: mlflow-stand-in\nVersion: 1.0\n");
        SourceTree.Write(context, "mlflow", "#!/bin/sh\necho \"$@\"\necho \"$MLFLOW_BACKEND_STORE_URI\"\nid -u\n");
        return await BuildInAsync(context, "stand-in-mlflow", Path.Combine(context, "Dockerfile"));
    }

    private Task<BuiltImage> ImageAsync(string name, string dockerfile, params string[] arguments) =>
        _images.GetOrAdd(name, _ => new Lazy<Task<BuiltImage>>(() => BuildAsync(name, dockerfile, null, arguments))).Value;

    // This machine's packages, local feed and authorities: by a volume, so that none of it can stay in a layer. NuGet's configuration of the user names them.
    private static string[] HostVolumes(ContainerEngine engine)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set ? set : Path.Combine(home, ".nuget/packages");
        string feed = Directory.CreateDirectory(Path.Combine(ContainerTools.Cache(), "dataversion/feed")).FullName;
        string settings = Directory.CreateDirectory(Path.Combine(engine.Folder, "nuget")).FullName;
        string file = Path.Combine(settings, "NuGet.Config");
        if (!File.Exists(file))
            File.WriteAllText(file, HostPackages.Settings(Path.Combine(home, ".nuget/NuGet/NuGet.Config")));
        return
        [
            "--volume", $"{packages}:{HostPackages.Folder}:ro", "--volume", $"{feed}:{HostPackages.Feed}:ro",
            "--volume", $"{settings}:/settings/.nuget/NuGet:ro", "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro",
        ];
    }

    private async Task<string> CopyContextAsync()
    {
        string folder = Path.Combine((await EngineAsync()).Folder, "source");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        await SourceTree.CopyAsync(ProjectFolder.Root, folder);
        foreach (string path in (string[])[".env", "src/.env.local", "data/big", "secrets/x", ".git/dv/cache/objects/sha256/ab/cdef", "src/DataVersion.Cli/obj/leak.txt", "artifacts/bin/leak", "tests/leak.txt"])
            SourceTree.Write(folder, path, Canary);
        return folder;
    }
}
