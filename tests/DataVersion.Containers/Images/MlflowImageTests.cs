using System.IO.Compression;
using System.Text.Json;
using DataVersion.Testing;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Images;

/// <summary>
/// MLflow's image. Its own base and Python's packages cannot be had on a machine without a way to their registries: the Dockerfile is built on Debian's Python with
/// packages of these names that are empty. That MLflow itself reaches PostgreSQL by it is not shown here.
/// </summary>
public class MlflowImageTests(ImageSet images)
{
    private const string BaseFile = $"""
        FROM {StandInBases.System}
        RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED
        COPY mlflow /usr/local/bin/mlflow
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_packages_that_MLflows_image_lacks_are_added_and_secrets_come_from_files()
    {
        ContainerEngine engine = await images.EngineAsync();
        using var folder = new TempFolder();
        BuiltImage below = await BuildBaseAsync(folder);
        string wheels = Directory.CreateDirectory(folder.At("wheels")).FullName;
        foreach (string line in File.ReadLines(ProjectFolder.At("container/mlflow-requirements.txt")).Where(l => l.Contains("==", StringComparison.Ordinal)))
            WriteWheel(wheels, line.Split("==")[0], line.Split("==")[1].Split(' ')[0]);
        string context = await images.ContextAsync();
        await File.WriteAllTextAsync(folder.At("pip.conf"), "[global]\nno-index = true\nfind-links = /wheels\nbreak-system-packages = true\n", Token);

        string[] volumes = ["--volume", $"{wheels}:/wheels:ro", "--volume", $"{folder.At("pip.conf")}:/etc/pip.conf:ro"];
        ContainerRan built = await engine.RunAsync("buildah", [
            "bud", "--format", "docker", "--layers", .. volumes, "--build-arg", $"BASE_MLFLOW={below.Name}", "--build-arg", $"GIT_COMMIT={ImageSet.Commit}",
            "--tag", "localhost/dv-mlflow:test", "--file", Path.Combine(context, "container/Dockerfile.mlflow"), context]);
        Assert.True(built.ExitCode == 0, built.ToString());
        string secret = folder.At("uri");
        await File.WriteAllTextAsync(secret, "postgresql://mlflow:of-the-database@postgres/mlflow\n", Token);
        string[] run = ["run", "--rm", .. Locked.Options, "--volume", $"{secret}:/run/secrets/uri:ro"];
        ContainerRan ran = await engine.RunAsync("podman", [.. run, "--env", "MLFLOW_BACKEND_STORE_URI_FILE=/run/secrets/uri", "localhost/dv-mlflow:test", "--port", "5001"]);
        ContainerRan missing = await engine.RunAsync("podman", [.. run, "--env", "MLFLOW_BACKEND_STORE_URI_FILE=/run/secrets/none", "localhost/dv-mlflow:test"]);

        using ImageScan image = await ImageScan.ReadAsync(engine, "localhost/dv-mlflow:test", below.Name);
        Assert.Contains(image.Entries, entry => entry.Path.EndsWith("/psycopg2/__init__.py", StringComparison.Ordinal));
        Assert.Contains(image.Entries, entry => entry.Path.EndsWith("/boto3/__init__.py", StringComparison.Ordinal));
        Assert.DoesNotContain(image.Entries, entry => entry.Path.StartsWith("pip/", StringComparison.Ordinal) || entry.Path.StartsWith("root/.cache/", StringComparison.Ordinal));
        Assert.Equal(("10001:10001", ImageSet.Commit), (image.Config.GetProperty("User").GetString(), image.Label("org.opencontainers.image.revision")));
        JsonElement health = image.Config.GetProperty("Healthcheck").GetProperty("Test");
        Assert.Contains("/api/2.0/mlflow/", health[3].GetString(), StringComparison.Ordinal);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal("server --port 5001\npostgresql://mlflow:of-the-database@postgres/mlflow\n10001\n", ran.Output);
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("MLFLOW_BACKEND_STORE_URI_FILE: '/run/secrets/none' cannot be read", missing.Errors, StringComparison.Ordinal);
    }

    // A program in mlflow's place that says what it was given.
    private async Task<BuiltImage> BuildBaseAsync(TempFolder folder)
    {
        string context = Directory.CreateDirectory(folder.At("base")).FullName;
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), BaseFile, Token);
        await File.WriteAllTextAsync(Path.Combine(context, "mlflow"), "#!/bin/sh\necho \"$@\"\necho \"$MLFLOW_BACKEND_STORE_URI\"\nid -u\n", Token);
        File.SetUnixFileMode(Path.Combine(context, "mlflow"), (UnixFileMode)0b111_101_101);
        return await images.BuildInAsync(context, "stand-in-mlflow", Path.Combine(context, "Dockerfile"));
    }

    // https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    private static void WriteWheel(string folder, string name, string version)
    {
        string file = name.Replace('-', '_');
        string module = file.Replace("_binary", "", StringComparison.Ordinal);
        using ZipArchive wheel = ZipFile.Open(Path.Combine(folder, $"{file}-{version}-py3-none-any.whl"), ZipArchiveMode.Create);
        void Add(string path, string text)
        {
            using var writer = new StreamWriter(wheel.CreateEntry(path).Open());
            writer.Write(text);
        }
        Add($"{module}/__init__.py", "");
        Add($"{file}-{version}.dist-info/METADATA", $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        Add($"{file}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
        Add($"{file}-{version}.dist-info/RECORD", $"{module}/__init__.py,,\n{file}-{version}.dist-info/METADATA,,\n{file}-{version}.dist-info/WHEEL,,\n{file}-{version}.dist-info/RECORD,,\n");
    }
}
