using DataVersion.Cli.Reporting;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv push</c>.</summary>
internal sealed class PushCommand : TransferCommand
{
    internal PushCommand()
        : base("push", "send the data that the pointers name to a remote", sends: true)
    {
        Details = ["Only what the remote lacks is sent. An interrupted push keeps what it finished: run it again.",
            "What was pushed before is known by receipts. --deep believes none, and sends what somebody deleted; --verify also believes no blob, downloads and hashes all that is there, and replaces what is not what its name says."];
        Examples =
        [
            new("dv push", "all that the workspace's pointers name, to the default remote"),
            new("dv push data/images -r archive -j 16", "one folder, to another remote, sixteen objects at once"),
            new("dv push --all-tags", "what every tag pins"),
            new("dv push --verify data/images", "reads back what is there of a folder, and replaces what is damaged"),
        ];
    }

    protected override string Verb => "pushed";

    protected override void ShowMore(ConsoleReporter reporter, TransferResult result) => TransferReport.HintAtPacks(reporter, result);

    protected override Task<TransferResult> TransferAsync(CommandContext context, Repository repository, TransferRequest request) =>
        TrustQuestion.RunAsync(context, repository, () => context.RunAsync((monitor, end) => new Push(repository, monitor).RunAsync(request, end)));
}
