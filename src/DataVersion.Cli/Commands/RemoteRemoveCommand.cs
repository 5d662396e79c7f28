using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote remove</c>.</summary>
internal sealed class RemoteRemoveCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "the remote");

    internal RemoteRemoveCommand()
        : base("remove", "forget a remote")
    {
        Add(_name);
        Details = ["Removes it from the configuration. What lies in it stays."];
        Examples =
        [
            new("dv remote remove nas", "no data is deleted"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw Repository.Pending();
}
