using System.CommandLine;
using DataVersion.Cli.Commands;

namespace DataVersion.Cli.CommandLine;

/// <summary>All commands, in the groups that the help shows.</summary>
internal sealed class CommandTree
{
    internal CommandTree()
    {
        Root = new DvRootCommand();
        foreach (Option option in Global.OfEveryCommand)
            Root.Add(option);
        Root.Add(Global.Version);
        foreach (DvCommand command in Groups.SelectMany(g => g.Commands))
            Root.Add(command);
    }

    internal DvRootCommand Root { get; }

    internal GlobalOptions Global { get; } = new();

    internal IReadOnlyList<CommandGroup> Groups { get; } =
    [
        new("Start", [new InitCommand()]),
        new("Track", [new AddCommand(), new StatusCommand(), new CheckoutCommand(), new UnprotectCommand()]),
        new("Share", [new PushCommand(), new FetchCommand(), new PullCommand(), new LsCommand(), new CatCommand(), new RemoteCommand()]),
        new("Train and look back", [new RunCommand(), new PinCommand(), new RunsCommand(), new TraceCommand(), new ReproduceCommand(), new MlflowCommand(), new ModelCommand(), new ExportCommand()]),
        new("Check and set", [new VerifyCommand(), new DoctorCommand(), new ConfigCommand(), new RootPathCommand()]),
        new("About dv", [new HelpCommand(), new VersionCommand(), new CompletionCommand()]),
    ];

    /// <summary>The root and every command below it, each after its parent.</summary>
    internal IEnumerable<DvCommand> All => Below(Root);

    private static IEnumerable<DvCommand> Below(DvCommand command) =>
        command.Subcommands.Cast<DvCommand>().SelectMany(Below).Prepend(command);
}

/// <summary>Commands that belong together.</summary>
internal sealed record CommandGroup(string Title, IReadOnlyList<DvCommand> Commands);
