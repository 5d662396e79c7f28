using System.CommandLine;
using DataVersion.Cli.CommandLine;

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
}
