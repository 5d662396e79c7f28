using System.CommandLine;
using DataVersion.Cli.Commands;

namespace DataVersion.Cli.CommandLine;

/// <summary>The help of one command, before it becomes text or Markdown.</summary>
internal sealed record HelpPage
{
    internal required string Name { get; init; }
    internal required string Summary { get; init; }
    internal required string Usage { get; init; }
    internal required IReadOnlyList<string> Details { get; init; }
    internal required IReadOnlyList<HelpSection> Sections { get; init; }
    internal required IReadOnlyList<Example> Examples { get; init; }
    internal required IReadOnlyList<HelpRow> Codes { get; init; }

    internal static HelpPage Of(DvCommand command, CommandTree tree) => new()
    {
        Name = ParseErrors.PathOf(command),
        Summary = command.Description!,
        Usage = UsageOf(command),
        Details = command.Details,
        Sections = [.. SectionsOf(command, tree).Where(s => s.Rows.Count > 0)],
        Examples = command.Examples,
        Codes = [.. command.Codes.Select(c => new HelpRow($"{c}", command.Describe(c)))],
    };

    internal static string UsageOf(DvCommand command)
    {
        IEnumerable<string> arguments = command.Arguments.Where(a => !a.Hidden).Select(Label);
        string[] parts =
        [
            ParseErrors.PathOf(command),
            .. Own(command).Any() ? ["[options]"] : Array.Empty<string>(),
            .. command.Subcommands.Count == 0 ? Array.Empty<string>() : command is DvRootCommand ? ["COMMAND"] : ["[COMMAND]"],
            .. arguments,
        ];
        return string.Join(' ', parts);
    }

    private static IEnumerable<HelpSection> SectionsOf(DvCommand command, CommandTree tree)
    {
        if (command is DvRootCommand)
            foreach (CommandGroup group in tree.Groups)
                yield return new(group.Title, [.. group.Commands.Where(c => !c.Hidden).Select(Row)]);
        else
            yield return new("Commands", [.. command.Subcommands.Cast<DvCommand>().Where(c => !c.Hidden).Select(Row)]);
        yield return new("Arguments", [.. command.Arguments.Where(a => !a.Hidden).Select(a => new HelpRow(Label(a), a.Description!))]);
        yield return new("Options", [.. Own(command).Except(tree.Global.OfEveryCommand).Select(Row)]);
        yield return new("Options of every command", [.. tree.Global.OfEveryCommand.Select(Row)]);
    }

    private static IEnumerable<Option> Own(DvCommand command) => command.Options.Where(o => !o.Hidden);

    private static HelpRow Row(DvCommand command) => new(command.Name, command.Description!);

    private static HelpRow Row(Option option)
    {
        IEnumerable<string> names = option.Aliases.Prepend(option.Name).OrderBy(n => n.Length);
        string value = option.HelpName is null ? "" : option.Arity.MinimumNumberOfValues == 0 ? $" [{option.HelpName}]" : $" {option.HelpName}";
        return new(string.Join(", ", names) + value, option.Description!);
    }

    private static string Label(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name}..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }
}

/// <summary>Rows under a title.</summary>
internal sealed record HelpSection(string Title, IReadOnlyList<HelpRow> Rows);

/// <summary>A name and what it means.</summary>
internal sealed record HelpRow(string Name, string Meaning);
