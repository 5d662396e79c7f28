using DataVersion.Benchmarks;

// Usage: DataVersion.Benchmarks DV [--runs N] [--in FOLDER] [--memory]     needs git and git-lfs on the PATH, Linux
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: DataVersion.Benchmarks DV [--runs N] [--in FOLDER] [--memory]");
    return 2;
}
string dv = Path.GetFullPath(args[0]);
int runs = Option("--runs") is { } number ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : 3;
using var scratch = new Scratch(Option("--in"));
Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", scratch.Root);

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, median of {runs} runs in turn\n");
var sideBySide = new SideBySide(scratch, dv, runs);
sideBySide.Run();
if (args.Contains("--memory"))
    new Memory(scratch, dv).Run();
return 0;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
