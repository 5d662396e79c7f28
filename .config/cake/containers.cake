#nullable enable

// The test program that builds and runs the images of container/.
const string ContainerTests = "DataVersion.Containers";

// The programs that build and run containers, and bases to build on where no registry of images can be reached.
void WantContainers()
{
    WantServer("tests that build and run images are skipped", ".config/containers.sh");
    WantServer("tests of Compose are skipped", ".config/compose.sh");
    string[] server = ["radosgw", "ceph-mon", "ceph-mgr", "ceph-osd", "openssl", "python3"];
    if (EnvironmentVariable("CI") is null)
    {
        WantPackages("trainings on data in S3 are skipped", server);
    }
    else
    {
        RequirePackages(server);
    }
}

// Starts images that podman has, or those that ContainerTest builds, which are kept for the next time.
void BenchContainers()
{
    string[] images = ["localhost/dv:test", "localhost/dv-train-cuda-none:test", "localhost/dv-serve-cpu:test"];
    if (HasArgument("dv-image"))
    {
        images = [Argument<string>("dv-image"), Argument<string>("train-image"), Argument<string>("serve-image")];
    }
    else
    {
        WantContainers();
        Run("dotnet", "build", "tests/DataVersion.Containers", "--configuration", "Release", "--no-restore", "--verbosity", "quiet", "-nologo");
        // Beside the stand-in bases: a storage of images holds mounts, which Clean could not delete.
        var cache = EnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        Environment.SetEnvironmentVariable("DV_TEST_CONTAINERS", EnvironmentVariable("DV_TEST_CONTAINERS") ?? System.IO.Path.Combine(cache, "dataversion", "bench-images"));
        // Without CI what is missing would be a test that was skipped.
        Environment.SetEnvironmentVariable("CI", "true");
        string[] tests = ["The_tool_alone_is_small", "The_trainers_image_has_dv_run_and_the_CUDA_provider_and_no_git", "The_servers_image_asks_itself_whether_it_is_well"];
        Run("dotnet", ["artifacts/bin/DataVersion.Containers/release/DataVersion.Containers.dll", "-noLogo", "-noColor", .. tests.SelectMany(test => new[] { "-method", $"*.{test}" })]);
    }
    Run("dotnet", "build", "tests/DataVersion.Benchmarks", "--configuration", "Release", "--no-restore", "--verbosity", "quiet", "-nologo");
    Run("artifacts/bin/DataVersion.Benchmarks/release/DataVersion.Benchmarks", ["--containers", .. images, "--runs", Argument("runs", "7"), "--in", "artifacts"]);
}
