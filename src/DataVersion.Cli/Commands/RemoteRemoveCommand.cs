using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

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
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string name = parse.GetRequiredValue(_name);
        using Repository repository = context.OpenUnchecked();
        new RemoteRemove(repository.Config).Run(name, context.CancellationToken);
        context.Reporter.Did(Printable.Text($"removed remote '{name}'; what lies in it stays"));
        return Task.FromResult(ExitCodes.Done);
    }
}
