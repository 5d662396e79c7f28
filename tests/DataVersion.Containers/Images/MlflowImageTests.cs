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
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_packages_that_MLflows_image_lacks_are_added_and_secrets_come_from_files()
    {
        ContainerEngine engine = await images.EngineAsync();
        using var folder = new TempFolder();
        var index = new MlflowIndex(images, folder);
        foreach (string requirement in MlflowIndex.Requirements())
            index.AddWheel(requirement.Split("==")[0], requirement.Split("==")[1]);
        // Without hashes: the packages are of this test.
        await index.WriteRequirementsAsync(MlflowIndex.Requirements());

        ContainerRan built = await index.BuildAsync("dv-mlflow");
        Assert.True(built.ExitCode == 0, built.ToString());
        string secret = folder.At("uri");
        await File.WriteAllTextAsync(secret, "postgresql://mlflow:of-the-database@postgres/mlflow\n", Token);
        string[] run = ["run", "--rm", .. Locked.Options, "--volume", $"{secret}:/run/secrets/uri:ro"];
        ContainerRan ran = await engine.RunAsync("podman", [.. run, "--env", "MLFLOW_BACKEND_STORE_URI_FILE=/run/secrets/uri", "localhost/dv-mlflow:test", "--port", "5001"]);
        ContainerRan missing = await engine.RunAsync("podman", [.. run, "--env", "MLFLOW_BACKEND_STORE_URI_FILE=/run/secrets/none", "localhost/dv-mlflow:test"]);

        using ImageScan image = await ImageScan.ReadAsync(engine, "localhost/dv-mlflow:test", (await images.MlflowBaseAsync()).Name);
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
}
