using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

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
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string name = parse.GetRequiredValue(_old), newName = parse.GetRequiredValue(_new);
        using Repository repository = context.OpenRepository();
        new RemoteRename(repository.Config).Run(name, newName, context.CancellationToken);
        context.Reporter.Did(Printable.Text($"renamed remote '{name}' to '{newName}'"));
        return Task.FromResult(ExitCodes.Done);
    }
}
