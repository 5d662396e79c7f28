using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote modify</c>.</summary>
internal sealed class RemoteModifyCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "the remote");
    private readonly Argument<string> _key = Opt.Required("OPTION", "the option: url, endpoint, region, profile, account …");
    private readonly Argument<string?> _value = Opt.Optional("VALUE", "its new value");
    private readonly Option<bool> _unset = Opt.Flag("--unset", "remove the option instead");
    private readonly ScopeOptions _scope = new();

    internal RemoteModifyCommand()
        : base("modify", "change an option of a remote")
    {
        Add(_name);
        Add(_key);
        Add(_value);
        Add(_unset);
        _scope.AddTo(this);
        Details = ["Secrets never go into .dv/config: give --local or --user for them."];
        Examples =
        [
            new("dv remote modify origin region eu-central-1", "for everybody"),
            new("dv remote modify origin profile work --local", "for this clone only"),
            new("dv remote modify origin region --unset", "back to the default"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw Repository.Pending();
}
