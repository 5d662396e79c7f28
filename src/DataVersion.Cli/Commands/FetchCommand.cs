using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv fetch</c>.</summary>
internal sealed class FetchCommand : DvCommand
{
    private readonly TransferOptions _options = new();

    internal FetchCommand()
        : base("fetch", "bring the data that the pointers name into the cache only")
    {
        _options.AddTo(this, revisions: true);
        AddJson();
        Details = ["Every object is checked against its name while it comes. An interrupted fetch keeps what it finished: run it again."];
        Examples =
        [
            new("dv fetch", "all that the workspace's pointers name"),
            new("dv fetch --rev v1 data", "what the tag v1 pins below data"),
            new("dv fetch --all-branches", "before going offline"),
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
        return Show(context.Reporter, await context.RunAsync((monitor, end) => new Fetch(repository, monitor).RunAsync(request, end)));
    }

    internal static int Show(ConsoleReporter reporter, TransferResult result)
    {
        reporter.Show(TransferOutput.Of(result), static json => json.TransferOutput, () => TransferReport.Write(reporter, result, "fetched"));
        return TransferReport.Finish(reporter, result);
    }
}
