using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote upgrade</c>.</summary>
internal sealed class RemoteUpgradeCommand : DvCommand
{
    private readonly Argument<string?> _name = Opt.Optional("NAME", "the remote; the default one without any");

    internal RemoteUpgradeCommand()
        : base("upgrade", "make an existing remote packed or compressed")
    {
        Add(_name);
        Details =
        [
            "Makes it what its settings say. What lies there stays as it is; what is pushed from now on is packed. It cannot be taken back, and a dv from before packed remotes refuses the remote afterwards, with one line.",
        ];
        Examples =
        [
            new("dv remote modify origin layout packed", "first the settings"),
            new("dv remote upgrade origin", "then the remote, for everybody"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        RemoteUpgradeResult result = await new RemoteUpgrade(repository).RunAsync(parse.GetValue(_name), context.CancellationToken);
        context.Reporter.Did(Reporting.Printable.Text(result.Before == result.Now
            ? $"remote '{result.Remote}' is {result.Now} already"
            : $"remote '{result.Remote}' was {result.Before}; from now on it is {result.Now}"));
        return ExitCodes.Done;
    }
}
