using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;

namespace DataVersion.Cli;

/// <summary>The program without the process: arguments in, exit code out, whatever happens.</summary>
internal static class CliApplication
{
    // How long a cancelled command may take to put things away. Everything on disk survives being left in the middle.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    internal static async Task<int> RunAsync(string[] args, CliHost host, CancellationToken cancellationToken)
    {
        var tree = new CommandTree();
        // Response files (@FILE) would make names that begin with '@' impossible.
        ParseResult parse = tree.Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var reporter = new ConsoleReporter(host, ReportOptions.From(parse, args, tree.Global));
        int code;
        try
        {
            Task<int> run = Task.Run(() => DispatchAsync(args, tree, parse, host, reporter, cancellationToken), CancellationToken.None);
            code = await WithGraceAsync(run, cancellationToken);
        }
        catch (Exception e)
        {
            code = reporter.Fail(ErrorReport.From(e, cancellationToken));
        }
        return Flush(host, code);
    }

    private static async Task<int> DispatchAsync(
        string[] args, CommandTree tree, ParseResult parse, CliHost host, ConsoleReporter reporter, CancellationToken cancellationToken)
    {
        if (Completion.TryAnswer(tree, args, host.Output))
            return ExitCodes.Done;
        var command = (DvCommand)parse.CommandResult.Command;
        if (parse.Has(tree.Global.Help))
        {
            HelpText.Write(HelpPage.Of(command, tree), host.Output);
            return ExitCodes.Done;
        }
        if (parse.Has(tree.Global.Version))
        {
            host.Output.WriteLine($"dv {ProgramVersion.Current.Version}");
            return ExitCodes.Done;
        }
        if (ParseErrors.Find(parse, tree) is { } error)
            throw error;
        return await command.RunAsync(parse, new CommandContext(tree, parse, host, reporter, cancellationToken));
    }

    /// <summary>Waits for the command, but not for ever once it was cancelled.</summary>
    private static async Task<int> WithGraceAsync(Task<int> run, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource();
        using CancellationTokenRegistration registration = cancellationToken.Register(cancelled.SetResult);
        if (await Task.WhenAny(run, cancelled.Task) != run)
            await Task.WhenAny(run, Task.Delay(Grace, CancellationToken.None));
        if (!run.IsCompleted)
            throw new OperationCanceledException(cancellationToken);
        return await run;
    }

    private static int Flush(CliHost host, int code)
    {
        try
        {
            host.Output.Flush();
            return code;
        }
        catch (IOException e)
        {
            host.Error.WriteLine($"dv: error: the output cannot be written: {ErrorReport.From(e, CancellationToken.None).Message}");
            return code == ExitCodes.Done ? ExitCodes.Incomplete : code;
        }
    }
}
