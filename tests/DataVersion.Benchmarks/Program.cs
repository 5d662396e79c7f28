using DataVersion.Benchmarks;

// Usage: DataVersion.Benchmarks DV [--runs N] [--in FOLDER] [--memory | --remotes [--peers]]
//        DataVersion.Benchmarks DV-SERVE --serving [--model FOLDER] [--requests N]
// Linux; needs git and git-lfs on the PATH, for --remotes rclone, awscli and Ceph.
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: DataVersion.Benchmarks DV [--runs N] [--in FOLDER] [--memory | --remotes [--peers]]");
    return 2;
}
if (args[0] == ServingBenchmark.ServerVerb)
    return await ServingBenchmark.ServeAsync();
string dv = Path.GetFullPath(args[0]);
int runs = Option("--runs") is { } number ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : 3;
using var scratch = new Scratch(Option("--in"));
Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", scratch.Root);

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, median of {runs} runs in turn\n");
if (args.Contains("--remotes"))
{
    bool peersOnly = args.Contains("--peers");
    if (!peersOnly)
        await SimulatedUpload.RunAsync(scratch.Root);
    await new Remotes(scratch, dv, runs).RunAsync(peersOnly);
    return 0;
}
if (args.Contains("--serving"))
{
    await new ServingBenchmark(scratch.Root, dv, Option("--model")).RunAsync(long.Parse(Option("--requests") ?? "1000000", System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}
new SideBySide(scratch, dv, runs).Run();
if (args.Contains("--memory"))
    new Memory(scratch, dv).Run();
return 0;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
