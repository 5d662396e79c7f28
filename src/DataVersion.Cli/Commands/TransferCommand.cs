using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary>What <c>dv push</c> and <c>dv fetch</c> have in common: all but the direction.</summary>
internal abstract class TransferCommand : DvCommand
{
    private readonly TransferOptions _options = new();

    protected TransferCommand(string name, string description, bool sends)
        : base(name, description)
    {
        _options.AddTo(this, revisions: true, sends);
        AddJson();
        Codes =
        [
            ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.Remote, ExitCodes.NoRepository, ExitCodes.Locked,
        ];
    }

    /// <summary>What was done with the objects, in the past: <c>pushed</c>.</summary>
    protected abstract string Verb { get; }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        TransferRequest request = _options.Read(parse, context);
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        TransferResult result = await TransferAsync(context, repository, request);
        int code = Show(context.Reporter, result, Verb);
        ShowMore(context.Reporter, result);
        return code;
    }

    /// <summary>What a command has to add.</summary>
    protected virtual void ShowMore(ConsoleReporter reporter, TransferResult result)
    {
    }

    internal static int Show(ConsoleReporter reporter, TransferResult result, string verb)
    {
        reporter.Show(TransferOutput.Of(result), static json => json.TransferOutput, () => TransferReport.Write(reporter, result, verb));
        return TransferReport.Finish(reporter, result);
    }

    /// <summary>Does it.</summary>
    protected abstract Task<TransferResult> TransferAsync(CommandContext context, Repository repository, TransferRequest request);
}
