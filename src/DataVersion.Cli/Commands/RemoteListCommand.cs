using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote list</c>.</summary>
internal sealed class RemoteListCommand : DvCommand
{

    internal RemoteListCommand()
        : base("list", "show the remotes")
    {
        AddJson();
        Examples =
        [
            new("dv remote list", "name, URL, and which is the default"),
            new("dv remote list --json", "for programs: name, url, default, trusted"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw Repository.Pending();
}
