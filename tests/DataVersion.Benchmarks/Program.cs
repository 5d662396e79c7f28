using System.Globalization;
using DataVersion.Benchmarks;
using DataVersion.Benchmarks.Training;
using DataVersion.Testing.Containers;

// Usage: DataVersion.Benchmarks DV [--runs N] [--in FOLDER] [--memory | --remotes [--peers]]
//        DataVersion.Benchmarks DV-SERVE --serving [--model FOLDER] [--requests N]
//        DataVersion.Benchmarks DV-TRAIN --training [--rows N]
//        DataVersion.Benchmarks --training --provider cuda
//        DataVersion.Benchmarks --containers DV-IMAGE TRAIN-IMAGE SERVE-IMAGE [--runs N]
// Linux; needs git and git-lfs on the PATH, for --remotes rclone, awscli and Ceph, for --containers podman.
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: DataVersion.Benchmarks DV [--runs N] [--in FOLDER] [--memory | --remotes [--peers]]");
    return 2;
}
if (args[0] == ServingBenchmark.ServerVerb)
    return await ServingBenchmark.ServeAsync();
string program = Path.GetFullPath(args[0]);
int runs = Option("--runs") is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : 3;
using var scratch = new Scratch(Option("--in"));
Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", scratch.Root);

if (args.Contains("--training"))
{
    Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, medians\n");
    if (Option("--provider") is "cuda")
        return await new GpuBenchmark(scratch.Root).RunAsync();
    await new TrainingBenchmark(scratch.Root, program).RunAsync(Count("--rows", 10_000_000));
    return 0;
}
Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, median of {runs} runs in turn\n");
if (args[0] == "--containers")
{
    // Where tests of images keep theirs; else podman's own storage.
    ContainerEngine? engine = Environment.GetEnvironmentVariable("DV_TEST_CONTAINERS") is { Length: > 0 } kept ? new(await StandInBases.EnsureAsync(), Path.GetFullPath(kept)) : null;
    await new ContainerStart(scratch.Root, runs, engine).RunAsync(args[1], args[2], args[3]);
    return 0;
}
if (args.Contains("--remotes"))
{
    bool peersOnly = args.Contains("--peers");
    if (!peersOnly)
        await SimulatedUpload.RunAsync(scratch.Root);
    await new Remotes(scratch, program, runs).RunAsync(peersOnly);
    return 0;
}
if (args.Contains("--serving"))
{
    await new ServingBenchmark(scratch.Root, program, Option("--model")).RunAsync(Count("--requests", 1_000_000));
    return 0;
}
new SideBySide(scratch, program, runs).Run();
if (args.Contains("--memory"))
    new Memory(scratch, program).Run();
return 0;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

long Count(string name, long otherwise) => Option(name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
