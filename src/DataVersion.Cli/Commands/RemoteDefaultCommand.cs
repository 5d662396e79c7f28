using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote default</c>.</summary>
internal sealed class RemoteDefaultCommand : DvCommand
{
    private readonly Argument<string?> _name = Opt.Optional("NAME", "the remote that shall be the default one; without it the present one is shown");
    private readonly ScopeOptions _scope = new();

    internal RemoteDefaultCommand()
        : base("default", "show or choose the default remote")
    {
        Add(_name);
        _scope.AddTo(this);
        Examples =
        [
            new("dv remote default archive", "push and pull use archive from now on"),
            new("dv remote default", "show it"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw Repository.Pending();
}
