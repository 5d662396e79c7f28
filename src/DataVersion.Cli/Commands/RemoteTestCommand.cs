using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote test</c>.</summary>
internal sealed class RemoteTestCommand : DvCommand
{
    private readonly Argument<string?> _name = Opt.Optional("NAME", "the remote; the default one without any");
    private readonly Option<bool> _readOnly = Opt.Flag("--read-only", "write nothing: try only what a pull needs");

    internal RemoteTestCommand()
        : base("test", "try what pushes and pulls need of a remote")
    {
        Add(_name);
        Add(_readOnly);
        AddJson();
        Details = ["Writes a small object of its own and removes it again. Says where the credentials came from, never what they are."];
        Examples =
        [
            new("dv remote test", "the default remote"),
            new("dv remote test archive --read-only", "with read rights only"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        var request = new RemoteTestRequest { Remote = parse.GetValue(_name), ReadOnly = parse.GetValue(_readOnly) };
        return Show(context.Reporter, await new RemoteTest(repository).RunAsync(request, context.CancellationToken));
    }

    internal static int Show(ConsoleReporter reporter, RemoteTestResult result)
    {
        reporter.Show(result, static json => json.RemoteTestResult, () =>
        {
            reporter.Answer(Printable.Text($"{result.Remote}  {result.Location}"));
            reporter.Answer(Printable.Text($"credentials: {result.Credentials ?? "none"}"));
            foreach (RemoteCheck check in result.Checks)
                reporter.Answer(Line(reporter, check));
        });
        return result.Ok ? ExitCodes.Done : ExitCodes.Remote;
    }

    private static string Line(ConsoleReporter reporter, RemoteCheck check)
    {
        string mark = check.Outcome switch
        {
            CheckOutcome.Ok => reporter.Paint.Green("ok     "),
            CheckOutcome.Failed => reporter.Paint.Red("failed "),
            _ => reporter.Paint.Dim("skipped"),
        };
        string time = check.Outcome == CheckOutcome.Skipped ? "" : Sizes.Count(check.Milliseconds) + " ms";
        string detail = check.Detail is null ? "" : $"  {check.Detail}";
        string hint = check.Hint is null ? "" : $" (hint: {check.Hint})";
        return $"{mark}  {check.Name,-13} {time,8}{Printable.Text(detail + hint)}".TrimEnd();
    }
}
