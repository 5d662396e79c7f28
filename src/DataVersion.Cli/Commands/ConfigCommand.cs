using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv config</c>.</summary>
internal sealed class ConfigCommand : DvCommand
{
    private readonly Argument<string?> _key = Opt.Optional("KEY", "the setting: core.jobs, cache.link, remote.NAME.region …; without it all settings are shown");
    private readonly Argument<string?> _value = Opt.Optional("VALUE", "its new value; without it the present one is shown");
    private readonly Option<bool> _unset = Opt.Flag("--unset", "remove the setting");
    private readonly Option<bool> _origin = Opt.Flag("--show-origin", "show where values come from, and also those that are not in force");
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
            "Strongest first: DV_* variables (DV_JOBS for core.jobs), this clone's config.local, the repository's .dv/config, ~/.config/dv/config, /etc/dv/config. Without --local or --user, changes go to .dv/config, which everybody who has the repository gets; some settings are not honoured from there.",
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

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenUnchecked();
        ConfigStore store = repository.Config;
        ConfigScope? scope = _scope.Read(parse);
        string? key = parse.GetValue(_key), value = parse.GetValue(_value);
        bool unset = parse.GetValue(_unset);
        if (unset && (key is null || value is not null))
            throw new UsageException("--unset needs a KEY and no VALUE", "dv config KEY --unset");
        if (scope is not null && !unset && value is null)
            throw new UsageException("--local and --user say where to write, and nothing is to be written", "give KEY and VALUE, or KEY --unset");

        if (unset)
            new ConfigUnset(store).Run(key!, scope ?? ConfigScope.Repository, context.CancellationToken);
        else if (value is not null)
            new ConfigSet(store).Run(new ConfigSetRequest { Key = key!, Value = value, Scope = scope ?? ConfigScope.Repository }, context.CancellationToken);
        else if (key is not null)
            ShowOne(context.Reporter, key, new ConfigGet(store).Run(key), parse.GetValue(_origin));
        else
            ShowAll(context.Reporter, new ConfigList(store).Run(), parse.GetValue(_origin));
        return Task.FromResult(ExitCodes.Done);
    }

    internal static void ShowOne(ConsoleReporter reporter, string key, ConfigValue? value, bool origin)
    {
        if (value is null)
            throw new UsageException($"{key} is not set", $"set it with: dv config {key} VALUE");
        reporter.Show(ConfigOutput.Of(value), static json => json.ConfigOutput, () =>
            reporter.Answer(Printable.Text(origin ? $"{value.Origin}  {value.Shown}" : value.Shown)));
    }

    internal static void ShowAll(ConsoleReporter reporter, IReadOnlyList<ConfigListEntry> entries, bool origin) =>
        reporter.Show(ConfigListOutput.Of(entries), static json => json.ConfigListOutput, () =>
        {
            foreach (ConfigListEntry entry in entries.Where(e => origin || e.InForce))
            {
                string line = $"{entry.Value.Key}={entry.Value.Shown}";
                string state = entry.InForce ? "" : entry.Remedy is null ? "  (overridden)" : $"  (ignored: {entry.Remedy})";
                reporter.Answer(Printable.Text(origin ? $"{entry.Value.Origin}  {line}{state}" : line));
            }
        });
}
