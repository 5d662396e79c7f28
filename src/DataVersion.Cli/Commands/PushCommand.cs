using DataVersion.Cli.Reporting;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv push</c>.</summary>
internal sealed class PushCommand : TransferCommand
{
    internal PushCommand()
        : base("push", "send the data that the pointers name to a remote", shards: false)
    {
        Details = ["Only what the remote lacks is sent. An interrupted push keeps what it finished: run it again."];
        Examples =
        [
            new("dv push", "all that the workspace's pointers name, to the default remote"),
            new("dv push data/images -r archive -j 16", "one folder, to another remote, sixteen objects at once"),
            new("dv push --all-tags", "what every tag pins"),
        ];
    }

    protected override string Verb => "pushed";

    protected override void ShowMore(ConsoleReporter reporter, TransferResult result) => TransferReport.HintAtPacks(reporter, result);

    protected override Task<TransferResult> TransferAsync(CommandContext context, Repository repository, TransferRequest request) =>
        TrustQuestion.RunAsync(context, repository, () => context.RunAsync((monitor, end) => new Push(repository, monitor).RunAsync(request, end)));
}
