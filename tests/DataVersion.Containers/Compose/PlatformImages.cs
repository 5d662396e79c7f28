using System.Diagnostics;
using DataVersion.Testing.Containers;

namespace DataVersion.Containers.Compose;

/// <summary>
/// Images for the platform of compose.yaml: the programs of this build, and stand-ins for PostgreSQL (Debian's), MLflow and the S3 server (those of the tests,
/// in memory), whose images a machine without their registries cannot have. What the Dockerfiles make is tested elsewhere.
/// </summary>
internal sealed class PlatformImages(ContainerEngine engine, string folder)
{
    /// <summary>The variables of <c>.env</c> that name them.</summary>
    internal static IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["DV_POSTGRES_IMAGE"] = Name("postgres"),
        ["DV_MLFLOW_IMAGE"] = Name("mlflow"),
        ["DV_S3_IMAGE"] = Name("s3"),
        ["DV_SERVE_IMAGE"] = Name("serve"),
        ["DV_TRAIN_IMAGE"] = Name("train"),
    };

    private static string Name(string target) => $"localhost/dv-test/{target}:local";

    /// <summary>Builds them all.</summary>
    /// <param name="project">The repository whose pointers and pin go into the training image.</param>
    /// <param name="commit">Its commit.</param>
    internal async Task BuildAsync(string project, string commit)
    {
        await CopyAsync(ProjectFolder.At("artifacts", "bin", "DataVersion.StandIns", "release"), "stand-ins");
        await CopyAsync(ProjectFolder.At("artifacts", "bin", "DataVersion.Serving", "release"), "dv-serve");
        await CopyAsync(ProjectFolder.At("artifacts", "bin", "DataVersion.Trainer", "release"), "dv-train");
        await CopyAsync(ProjectFolder.At("artifacts", "bin", "DataVersion.Cli", "release"), "dv");
        Directory.CreateDirectory(Path.Combine(folder, "app", "data"));
        await CopyAsync(Path.Combine(project, ".dv"), "app/.dv");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(project, "data"), "*.dv"))
            File.Copy(file, Path.Combine(folder, "app", "data", Path.GetFileName(file)));
        File.Copy(Path.Combine(project, "dv.pin.json"), Path.Combine(folder, "app", "dv.pin.json"));
        foreach (string file in Directory.EnumerateFiles(ProjectFolder.At("tests", "DataVersion.Containers", "Compose", "StandIns")).Append(ProjectFolder.At("container", "mlflow-server.sh")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        foreach (string target in (string[])["postgres", "mlflow", "s3", "serve", "train"])
        {
            await engine.RunOkAsync("buildah", "bud", "--quiet", "--layers", "--build-arg", $"BASE={StandInBases.AspNet}", "--build-arg", $"GIT_COMMIT={commit}",
                "--target", target, "--tag", Name(target), folder);
        }
    }

    private async Task CopyAsync(string from, string to)
    {
        string target = Path.Combine(folder, to);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        ShellRan ran = await ShellRan.OfAsync(new ProcessStartInfo("cp", ["-r", "--reflink=auto", from, target]));
        Xunit.Assert.True(ran.ExitCode == 0, $"{ran} (is the solution built, Release?)");
    }
}
