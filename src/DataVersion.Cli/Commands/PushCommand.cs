using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv push</c>.</summary>
internal sealed class PushCommand : DvCommand
{
    private readonly TransferOptions _options = new();

    internal PushCommand()
        : base("push", "send the data that the pointers name to a remote")
    {
        _options.AddTo(this, revisions: true);
        AddJson();
        Details = ["Only what the remote lacks is sent. An interrupted push keeps what it finished: run it again."];
        Examples =
        [
            new("dv push", "all that the workspace's pointers name, to the default remote"),
            new("dv push data/images -r archive -j 16", "one folder, to another remote, sixteen objects at once"),
            new("dv push --all-tags", "what every tag pins"),
        ];
        Codes =
        [
            ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.Remote, ExitCodes.NoRepository, ExitCodes.Locked,
        ];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        TransferRequest request = _options.Read(parse, context);
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        TransferResult result = await TrustQuestion.RunAsync(context, repository, () =>
            context.RunAsync((monitor, end) => new Push(repository, monitor).RunAsync(request, end)));
        return Show(context.Reporter, result);
    }

    internal static int Show(ConsoleReporter reporter, TransferResult result)
    {
        reporter.Show(TransferOutput.Of(result), static json => json.TransferOutput, () => TransferReport.Write(reporter, result, "pushed"));
        return TransferReport.Finish(reporter, result);
    }
}
