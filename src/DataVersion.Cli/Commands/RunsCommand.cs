using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv runs</c>: the group; alone it lists.</summary>
internal sealed class RunsCommand : DvCommand
{
    private readonly RunsListOptions _options = new();

    internal RunsCommand()
        : base("runs", "list, show, compare and plot the runs that dv run has recorded")
    {
        Add(new RunsListCommand());
        Add(new RunsShowCommand());
        Add(new RunsDiffCommand());
        Add(new RunsPlotCommand());
        Add(new RunsSyncCommand());
        _options.AddTo(this);
        AddJson();
        Details = ["Without a subcommand: the same as dv runs list. Runs of this machine and, where a remote is configured, of everybody who sends theirs there."];
        Examples =
        [
            new("dv runs", "all, the latest first"),
            new("dv runs --data data/train --since 7d", "what was trained on this version of data/train in the last week"),
            new("dv runs diff 019dd9f0-1b3c 019dd9f4", "what differs between two"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => RunsListCommand.RunAsync(parse, context, _options);
}
