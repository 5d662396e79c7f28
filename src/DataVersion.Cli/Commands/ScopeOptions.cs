using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Configuration;

namespace DataVersion.Cli.Commands;

/// <summary>Which configuration file a command writes to.</summary>
internal sealed class ScopeOptions
{
    private readonly Option<bool> _local = Opt.Flag("--local", "this clone only (config.local, never in Git)");
    private readonly Option<bool> _user = Opt.Flag("--user", "all repositories of this user (~/.config/dv/config)", "--global");

    internal void AddTo(Command command)
    {
        command.Add(_local);
        command.Add(_user);
    }

    /// <returns>Null where neither is given.</returns>
    internal ConfigScope? Read(ParseResult parse) => (parse.GetValue(_local), parse.GetValue(_user)) switch
    {
        (true, true) => throw new UsageException("--local and --user contradict each other", "give one of them"),
        (true, _) => ConfigScope.Local,
        (_, true) => ConfigScope.User,
        _ => null,
    };
}
