using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Configuration;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote modify</c>.</summary>
internal sealed class RemoteModifyCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "the remote");
    private readonly Argument<string> _key = Opt.Required("OPTION", "the option: url, endpoint, region, profile, account …");
    private readonly Argument<string?> _value = Opt.Optional("VALUE", "its new value");
    private readonly Option<bool> _unset = Opt.Flag("--unset", "remove the option instead");
    private readonly Option<bool> _local = Opt.Flag("--local", "for this clone only (config.local, never in Git)");

    internal RemoteModifyCommand()
        : base("modify", "change an option of a remote")
    {
        Add(_name);
        Add(_key);
        Add(_value);
        Add(_unset);
        Add(_local);
        Details = ["Secrets never go into .dv/config: give --local for them."];
        Examples =
        [
            new("dv remote modify origin region eu-central-1", "for everybody"),
            new("dv remote modify origin profile work --local", "for this clone only"),
            new("dv remote modify origin region --unset", "back to the default"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string? value = parse.GetValue(_value);
        bool unset = parse.GetValue(_unset);
        if (unset == value is not null)
            throw new UsageException("either a VALUE or --unset is needed", $"usage: {HelpPage.UsageOf(this)}");
        var request = new RemoteModifyRequest
        {
            Name = parse.GetRequiredValue(_name),
            Option = parse.GetRequiredValue(_key),
            Value = value,
            Scope = parse.GetValue(_local) ? ConfigScope.Local : ConfigScope.Repository,
        };
        using Repository repository = context.OpenUnchecked();
        new RemoteModify(repository.Config).Run(request, context.CancellationToken);
        return Task.FromResult(ExitCodes.Done);
    }
}
