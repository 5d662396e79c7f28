using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv fetch</c>.</summary>
internal sealed class FetchCommand : TransferCommand
{
    internal FetchCommand()
        : base("fetch", "bring the data that the pointers name into the cache only", sends: false)
    {
        Details = ["Every object is checked against its name while it comes. An interrupted fetch keeps what it finished: run it again."];
        Examples =
        [
            new("dv fetch", "all that the workspace's pointers name"),
            new("dv fetch --rev v1 data", "what the tag v1 pins below data"),
            new("dv fetch --shard 2/8", "the third of eight parts, into a cache that others share"),
            new("dv fetch --all-branches", "before going offline"),
        ];
    }

    protected override string Verb => "fetched";

    protected override Task<TransferResult> TransferAsync(CommandContext context, Repository repository, TransferRequest request) =>
        context.RunAsync((monitor, end) => new Fetch(repository, monitor).RunAsync(request, end));
}
