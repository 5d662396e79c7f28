using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv config</c>.</summary>
internal sealed class ConfigCommand : DvCommand
{
    private readonly Argument<string?> _key = Opt.Optional("KEY", "the setting: core.jobs, cache.link, remote.NAME.region …; without it all settings are shown");
    private readonly Argument<string?> _value = Opt.Optional("VALUE", "its new value; without it the present one is shown");
    private readonly Option<bool> _unset = Opt.Flag("--unset", "remove the setting");
    private readonly Option<bool> _origin = Opt.Flag("--show-origin", "show also where the values come from");
    private readonly ScopeOptions _scope = new();

    internal ConfigCommand()
        : base("config", "show and change settings")
    {
        Add(_key);
        Add(_value);
        Add(_unset);
        Add(_origin);
        _scope.AddTo(this);
        AddJson();
        Details =
        [
            "Strongest first: the command line, DV_* variables (DV_JOBS for core.jobs), this clone's config.local, the repository's .dv/config, ~/.config/dv/config, /etc/dv/config. Without --local or --user, changes go to .dv/config, which everybody who has the repository gets; some settings are not honoured from there.",
        ];
        Examples =
        [
            new("dv config", "all settings in force"),
            new("dv config core.jobs", "one of them"),
            new("dv config cache.link hardlink,copy --local", "change one, for this clone"),
            new("dv config core.autostage --unset", "back to the default"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw Repository.Pending();
}
