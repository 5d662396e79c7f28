using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using DataVersion.Trainer.Generating;

namespace DataVersion.Trainer;

/// <summary>The trainer without the process: arguments in, exit code out.</summary>
internal static class TrainerApplication
{
    private const int UsageError = 2;

    /// <summary>The trainer's version, without the commit that it was built from.</summary>
    internal static string Version { get; } =
        typeof(TrainerApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="args">The arguments of the command line.</param>
    /// <param name="output">What was asked for goes here.</param>
    /// <param name="error">What went wrong goes here.</param>
    /// <param name="cancellationToken">Ends the command early.</param>
    /// <returns>The exit code: 0 for done, 2 for wrong use.</returns>
    internal static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        // A file's name may begin with '@': no response files.
        ParseResult parse = Root(output).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Errors is [var first, ..])
        {
            error.WriteLine($"dv-train: error: {first.Message}");
            return Task.FromResult(UsageError);
        }
        // Signals are the process's, and a failure is told in one line, not as a stack.
        var settings = new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        return parse.InvokeAsync(settings, cancellationToken);
    }

    private static RootCommand Root(TextWriter output)
    {
        var version = new Option<bool>("--version") { Description = "Show the version." };
        var root = new RootCommand("A reference trainer on ONNX Runtime.");
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.Options.Add(version);
        root.Subcommands.Add(new GenerateCommand());
        root.SetAction(parse =>
        {
            if (parse.GetValue(version))
                output.WriteLine($"dv-train {Version}");
            else
                new HelpAction().Invoke(parse);
        });
        return root;
    }
}
