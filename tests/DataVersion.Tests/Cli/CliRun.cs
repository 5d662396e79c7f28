using DataVersion.Cli;
using Xunit;

namespace DataVersion.Tests.Cli;

/// <summary>What a run of the program in this process came to.</summary>
internal sealed record CliRun(int Code, string Output, string Error)
{
    internal static Task<CliRun> OfAsync(params string[] args) => InAsync(Path.GetTempPath(), args);

    internal static async Task<CliRun> InAsync(string directory, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        CliHost host = Host(directory, output, error);
        int code = await CliApplication.RunAsync(args, host, TestContext.Current.CancellationToken);
        return new CliRun(code, output.ToString(), error.ToString());
    }

    internal static CliHost Host(string directory, TextWriter output, TextWriter error) => new()
    {
        Output = output,
        Error = TextWriter.Synchronized(error),
        Environment = new Dictionary<string, string> { ["HOME"] = Path.Combine(directory, "home"), ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" },
        WorkingDirectory = directory,
    };
}
