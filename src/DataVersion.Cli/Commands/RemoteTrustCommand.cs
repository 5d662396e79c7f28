using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote trust</c>.</summary>
internal sealed class RemoteTrustCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "the remote");

    internal RemoteTrustCommand()
        : base("trust", "allow pushing to a remote that came with the repository")
    {
        Add(_name);
        Details = ["A repository can name any remote; its endpoint and account are used, and data are sent there, only once you trust it. The trust is kept outside the repository and ends when one of these values changes."];
        Examples =
        [
            new("dv remote list", "look first at what it is"),
            new("dv remote trust origin", "then trust it"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        RemoteTrustResult result = new RemoteTrustOperation(repository.Config).Run(parse.GetRequiredValue(_name), context.CancellationToken);
        context.Reporter.Did(Printable.Text($"{(result.AlreadyTrusted ? "already trusted" : "trusted")}: {result.Name} {RemoteUrl.Redact(result.Url)}"));
        foreach (ConfigValue value in result.Values)
            context.Reporter.Did(Printable.Text($"  {value.Key.Name} = {value.Shown}"));
        return Task.FromResult(ExitCodes.Done);
    }
}
