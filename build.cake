#nullable enable
#load ".config/cake/processes.cake"
#load ".config/cake/tests.cake"
#load ".config/cake/publishing.cake"
#load ".config/cake/containers.cake"
#load ".config/cake/sbom.cake"

// Started by ./build.sh, which restores Cake and prints artifacts/summary.txt last.

const string Solution = "DataVersion.sln";
const string Program = "src/DataVersion.Cli/DataVersion.Cli.csproj";
var target = Argument("target", "Quickstart");

Task("Help").Description("Lists the targets.").Does(() =>
{
    foreach (var task in Tasks.Where(t => t.Description is { Length: > 0 }))
    {
        Console.WriteLine($"  {task.Name,-12} {task.Description}");
    }
});

Task("Restore").Does(() => Run("bash", ".config/feed/restore.sh", Solution));

Task("Build").Description("Builds everything, Release.").IsDependentOn("Restore").Does(() =>
{
    // `dotnet msbuild` where `dotnet build` would add a summary that says every error twice.
    Run("dotnet", "msbuild", Solution, "-property:Configuration=Release", "-maxCpuCount", "-nologo", "-verbosity:quiet");
    RequireNativeLibraries("artifacts/bin/DataVersion.Cli/release");
});

Task("Test").Description("Builds, runs every test program in turn, ends with the line `N passed, N failed`.").IsDependentOn("Build").Does(() =>
{
    RequirePackages("git", "gcc", "libc6-dev");
    RequirePackages("radosgw", "ceph-mon", "ceph-mgr", "ceph-osd", "swift-proxy", "swift-account", "swift-container", "swift-object", "memcached", "openssl", "python3");
    WantServer("tests against Azure's emulator are skipped", ".config/azurite.sh");
    WantPackages("tests that need these file systems are skipped", "btrfs-progs", "xfsprogs", "sshfs", "openssh-sftp-server");
    WantPackages("the test of the model server's page is skipped", "chromium");
    WantPackages("tests against the program zstd are skipped", "zstd");
    RunTestPrograms(TestProjects(), "artifacts/tests");
});

Task("ContainerTest").Description("Builds the images of container/ and runs them; ends with the line `N passed, N failed`.").IsDependentOn("Build").Does(() =>
{
    RequirePackages("git");
    WantContainers();
    RunTestPrograms([ContainerTests], "artifacts/container-tests");
});

Task("Format").Description("Checks the formatting; with --fix, mends it.").IsDependentOn("Restore").Does(() =>
{
    if (HasArgument("fix"))
    {
        Run("dotnet", "format", Solution, "--no-restore");
        return;
    }
    if (TryRun("dotnet", "format", Solution, "--no-restore", "--verify-no-changes") != 0)
    {
        throw new CakeException("The formatting differs from .editorconfig. To mend it: ./build.sh --target=Format --fix");
    }
    Console.WriteLine("formatting: as .editorconfig wants it");
});

Task("Quickstart").Description("Builds, then shows the tool at work in a scratch folder (default).").IsDependentOn("Build").Does(() =>
{
    RequirePackages("git");
    RequirePackages("curl");
    Environment.SetEnvironmentVariable("DV_QUICKSTART_TRAIN", System.IO.Path.GetFullPath("artifacts/bin/DataVersion.Trainer/release/dv-train"));
    Environment.SetEnvironmentVariable("DV_QUICKSTART_SERVE", System.IO.Path.GetFullPath("artifacts/bin/DataVersion.Serving/release/dv-serve"));
    Environment.SetEnvironmentVariable("DV_QUICKSTART_CLOSING", System.IO.Path.GetFullPath("artifacts/summary.txt"));
    Run("bash", "docs/quickstart.sh", "artifacts/bin/DataVersion.Cli/release/dv", "artifacts/quickstart");
});

Task("Publish").Description("The program in a folder of its own, artifacts/publish/dv; --program=train, serve or all for the others, --cuda with the CUDA provider, --rid=RID for another platform.").Does(() =>
{
    foreach (var program in ChosenPrograms())
    {
        PublishReady(program);
    }
});

Task("PublishAot").Description("The same compiled ahead of time, artifacts/publish-aot/dv, where the registry holds the packs.").Does(() =>
{
    var rid = Argument("rid", HostRid());
    PublishProgram("dv", Program, rid, rid == HostRid() ? "artifacts/publish-aot" : $"artifacts/publish-aot-{rid}", "-p:PublishAot=true");
});

Task("Pack").Description("NuGet packages of the library and of the tool `dv`, in artifacts/packages.").IsDependentOn("Restore").Does(() =>
{
    EnsureFreshFolder("artifacts/packages");
    foreach (var project in new[] { "src/DataVersion/DataVersion.csproj", Program })
    {
        Run("dotnet", "pack", project, "--no-restore", "--configuration", "Release", "--output", "artifacts/packages", "--verbosity", "quiet");
    }
    NoteLocalFeed("artifacts/bin/DataVersion.Cli/release");
    foreach (var package in GetFiles("artifacts/packages/*.nupkg"))
    {
        Console.WriteLine($"artifacts/packages/{package.GetFilename()}");
    }
});

Task("Sbom").Description("What each program is made of, as CycloneDX 1.5, in artifacts/sbom; --from=FOLDER: of the published program in there.").IsDependentOn("Build").Does(() =>
{
    EnsureFreshFolder("artifacts/sbom");
    var packages = EnvironmentVariable("NUGET_PACKAGES") ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
    var folders = Argument<string?>("from", null) is { } folder ? new[] { folder } : new[] { "Cli", "Trainer", "Serving" }.Select(name => $"artifacts/bin/DataVersion.{name}/release").ToArray();
    // A program has a runtimeconfig.json; the libraries that lie beside it have none.
    var found = folders.SelectMany(f => GetFiles($"{f}/*.deps.json")).Where(f => FileExists(f.FullPath.Replace(".deps.json", ".runtimeconfig.json"))).ToArray();
    if (found.Length == 0)
    {
        throw new CakeException($"no program with a deps.json in {string.Join(", ", folders)}");
    }
    foreach (var deps in found)
    {
        var file = $"artifacts/sbom/{deps.GetFilename().FullPath.Replace(".deps.json", "")}.cdx.json";
        System.IO.File.WriteAllText(file, Sbom.Of(deps.FullPath, packages, "Apache-2.0"));
        Console.WriteLine(file);
    }
});

Task("Bench").Description("Times the published program beside Git LFS: the tables of docs/performance.md; --memory for the two large adds too; --remotes beside rclone and aws (--peers: without the bounds); --training, --serving or --containers the trainer, the model server or the start of containers instead (--dv-image, --train-image, --serve-image: of these images).").IsDependentOn("Restore").Does(() =>
{
    if (HasArgument("containers"))
    {
        BenchContainers();
        return;
    }
    var cuda = Argument("provider", "cpu") == "cuda";
    var program = Programs().Single(p => p.Name == (HasArgument("training") ? "dv-train" : HasArgument("serving") ? "dv-serve" : "dv"));
    if (program.Name == "dv")
    {
        RequirePackages("git", "git-lfs");
    }
    if (HasArgument("remotes"))
    {
        RequirePackages("rclone", "awscli", "radosgw", "ceph-mon", "ceph-mgr", "ceph-osd", "openssl", "python3");
    }
    // Beside a GPU, steps run in the benchmark's own process.
    if (!cuda)
    {
        PublishReady(program);
    }
    Run("dotnet", ["build", "tests/DataVersion.Benchmarks", "--configuration", "Release", "--no-restore", "--verbosity", "quiet", "-nologo", .. cuda ? ["-p:OnnxRuntimeCuda=true"] : Array.Empty<string>()]);
    var arguments = new List<string> { $"artifacts/publish{program.Suffix}/{program.Name}", "--runs", Argument("runs", "3"), "--in", "artifacts" };
    arguments.AddRange(new[] { "memory", "remotes", "peers", "training", "serving" }.Where(HasArgument).Select(a => $"--{a}"));
    foreach (var option in new[] { "provider", "rows", "requests", "model" }.Where(HasArgument))
    {
        arguments.AddRange([$"--{option}", Argument<string>(option)]);
    }
    Run("artifacts/bin/DataVersion.Benchmarks/release/DataVersion.Benchmarks", arguments.ToArray());
});

Task("Clean").Description("Deletes what was built. The local feed lies in the user's cache folder and stays.").Does(() =>
{
    // artifacts/cake holds this running script.
    foreach (var folder in GetSubDirectories("artifacts").Where(folder => folder.GetDirectoryName() != "cake"))
    {
        DeleteDirectory(folder, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
});

RunTarget(target);
