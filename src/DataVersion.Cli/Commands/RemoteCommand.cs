using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote</c>: the group; alone it lists.</summary>
internal sealed class RemoteCommand : DvCommand
{
    private readonly RemoteListCommand _list = new();

    internal RemoteCommand()
        : base("remote", "list, add and change the remotes that data are shared through")
    {
        Add(new RemoteAddCommand());
        Add(_list);
        Add(new RemoteRemoveCommand());
        Add(new RemoteRenameCommand());
        Add(new RemoteDefaultCommand());
        Add(new RemoteModifyCommand());
        Add(new RemoteTestCommand());
        Add(new RemoteTrustCommand());
        Add(new RemoteUpgradeCommand());
        AddJson();
        Details = ["Without a subcommand: the same as dv remote list."];
        Examples =
        [
            new("dv remote add origin s3://bucket/project", "add a remote; the first one becomes the default"),
            new("dv remote list", "show all"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => _list.RunAsync(parse, context);
}
