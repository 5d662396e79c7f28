using System.CommandLine;
using System.Reflection;
using DataVersion.Tracking.Runs;
using DataVersion.Trainer.CommandLine;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Generating;

namespace DataVersion.Trainer;

/// <summary>The trainer without the process: arguments in, exit code out.</summary>
internal static class TrainerApplication
{
    /// <summary>The trainer's version, without the commit that it was built from.</summary>
    internal static string Version { get; } =
        typeof(TrainerApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="args">The arguments of the command line.</param>
    /// <param name="host">What the process gives.</param>
    /// <param name="cancellationToken">Ends the command early; the exit code is then that of SIGINT, for the process to replace.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(string[] args, TrainerHost host, CancellationToken cancellationToken)
    {
        // A file's name may begin with '@': no response files.
        ParseResult parse = Root(host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Errors is [var first, ..])
            return Fail(host, RunExitCodes.Usage, first.Message, null);
        // Signals are the process's, and a failure is told in one line, not as a stack.
        var settings = new InvocationConfiguration { Output = host.Output, Error = host.Error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        try
        {
            return await parse.InvokeAsync(settings, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Fail(host, TrainerExitCodes.Interrupted, "stopped", null);
        }
        catch (Exception e)
        {
            return Fail(host, TrainerExitCodes.Of(e), e.Message, (e as DataVersionException)?.Hint);
        }
    }

    private static int Fail(TrainerHost host, int code, string message, string? hint)
    {
        host.Error.WriteLine($"dv-train: error: {message.ReplaceLineEndings(" ")}");
        if (hint is not null)
            host.Error.WriteLine($"hint: {hint}");
        return code;
    }

    private static RootCommand Root(TrainerHost host)
    {
        var version = new Option<bool>("--version") { Description = "Show the version." };
        var root = new RootCommand("A reference trainer on ONNX Runtime: a binary classifier of the rows of Parquet and CSV files. Every option can also be a variable: DV_PARAM_EPOCHS is --epochs.");
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.Options.Add(version);
        root.Subcommands.Add(new GenerateCommand());
        root.Subcommands.Add(new DescribeCommand());
        var train = new TrainCommand(host);
        foreach (Option option in train.Settings.Options)
            root.Options.Add(option);
        root.SetAction((parse, cancellationToken) =>
        {
            if (!parse.GetValue(version))
                return train.RunAsync(parse, cancellationToken);
            host.Output.WriteLine($"dv-train {Version}");
            return Task.FromResult(RunExitCodes.Done);
        });
        return root;
    }
}
