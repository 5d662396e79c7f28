using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote default</c>.</summary>
internal sealed class RemoteDefaultCommand : DvCommand
{
    private readonly Argument<string?> _name = Opt.Optional("NAME", "the remote that shall be the default one; without it the present one is shown");
    private readonly Option<bool> _unset = Opt.Flag("--unset", "have no default remote");
    private readonly Option<bool> _local = Opt.Flag("--local", "for this clone only (config.local, never in Git)");

    internal RemoteDefaultCommand()
        : base("default", "show or choose the default remote")
    {
        Add(_name);
        Add(_unset);
        Add(_local);
        Examples =
        [
            new("dv remote default archive", "push and pull use archive from now on"),
            new("dv remote default", "show it"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string? name = parse.GetValue(_name);
        ConfigScope scope = parse.GetValue(_local) ? ConfigScope.Local : ConfigScope.Repository;
        bool unset = parse.GetValue(_unset);
        if (unset && name is not null)
            throw new UsageException("--unset takes no NAME", "dv remote default --unset");
        using Repository repository = context.OpenRepository();
        var operation = new RemoteDefault(repository.Config);
        if (unset)
            context.Reporter.Did(operation.Unset(scope, context.CancellationToken) ? "no default remote any more" : "there was no default remote");
        else if (name is not null)
            operation.Set(name, scope, context.CancellationToken);
        else
            context.Reporter.Answer(Printable.Text(operation.Get() ?? throw new UsageException("no default remote", "choose one: dv remote default NAME")));
        return Task.FromResult(ExitCodes.Done);
    }
}
