using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote rename</c>.</summary>
internal sealed class RemoteRenameCommand : DvCommand
{
    private readonly Argument<string> _old = Opt.Required("OLD", "the remote");
    private readonly Argument<string> _new = Opt.Required("NEW", "its new name");

    internal RemoteRenameCommand()
        : base("rename", "give a remote another name")
    {
        Add(_old);
        Add(_new);
        Examples =
        [
            new("dv remote rename origin archive", "its options and the default move along"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw Repository.Pending();
}
