using System.CommandLine;
using System.CommandLine.Parsing;

namespace DataVersion.Cli.CommandLine;

/// <summary>
/// Says in our words what is wrong with a command line. The parser's own check is not enough: it takes a mistyped option
/// for an argument (<c>dv add x --jbos 3</c>), and its messages name .NET types.
/// </summary>
internal static class ParseErrors
{
    internal static UsageException? Find(ParseResult parse, CommandTree tree)
    {
        var command = (DvCommand)parse.CommandResult.Command;
        return command.FindMisuse(parse)
            ?? UnknownCommand(parse, command)
            ?? UnknownOption(parse, command, tree)
            ?? Unexpected(parse, command)
            ?? parse.Errors.Select(e => Describe(e, command)).FirstOrDefault(e => e is not null);
    }

    internal static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : command.Name;

    private static UsageException? UnknownCommand(ParseResult parse, DvCommand command)
    {
        if (command.Subcommands.Count == 0 || parse.UnmatchedTokens.FirstOrDefault(t => !LooksLikeOption(t)) is not { } typed)
            return null;
        string? nearest = Suggestions.Nearest(typed, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name));
        return new UsageException(
            $"'{typed}' is not a command of '{PathOf(command)}'",
            nearest is null ? $"see: {PathOf(command)} --help" : $"did you mean: {PathOf(command)} {nearest}");
    }

    private static UsageException? UnknownOption(ParseResult parse, DvCommand command, CommandTree tree)
    {
        IEnumerable<Token> values = OptionsOf(parse.RootCommandResult).SelectMany(o => o.Tokens);
        var valuesOfOptions = new HashSet<Token>(values, ReferenceEqualityComparer.Instance);
        Token? token = parse.Tokens
            .TakeWhile(t => t.Type != TokenType.DoubleDash)
            .FirstOrDefault(t => t.Type == TokenType.Argument && LooksLikeOption(t.Value) && !valuesOfOptions.Contains(t));
        if (token is null)
            return null;
        string typed = token.Value.Split('=')[0];
        string? nearest = Suggestions.Nearest(typed, NamesOf(command, tree));
        return new UsageException(
            $"'{PathOf(command)}' has no option '{typed}'",
            nearest is not null ? $"did you mean: {nearest}"
            : command.Arguments.Count > 0 ? $"see: {PathOf(command)} --help (a name that begins with '-' goes after --)"
            : $"see: {PathOf(command)} --help");
    }

    private static UsageException? Unexpected(ParseResult parse, DvCommand command) =>
        parse.UnmatchedTokens.Count == 0
            ? null
            : new UsageException($"unexpected argument '{parse.UnmatchedTokens[0]}'", $"usage: {HelpPage.UsageOf(command)}");

    private static UsageException? Describe(ParseError error, DvCommand command) => error.SymbolResult switch
    {
        OptionResult { IdentifierTokenCount: > 1 } option => new($"{NameOf(option)} is given {option.IdentifierTokenCount} times", "give it once"),
        OptionResult { Tokens.Count: 0 } option => new($"{NameOf(option)} needs a value", $"see: {PathOf(command)} --help"),
        OptionResult option => new($"{NameOf(option)}: {error.Message}", $"see: {PathOf(command)} --help"),
        ArgumentResult { Parent: OptionResult option } => new($"{NameOf(option)}: {error.Message}", $"see: {PathOf(command)} --help"),
        ArgumentResult { Tokens.Count: 0 } argument => new($"{argument.Argument.Name} is missing", $"usage: {HelpPage.UsageOf(command)}"),
        ArgumentResult argument => new($"{argument.Argument.Name}: {error.Message}", $"usage: {HelpPage.UsageOf(command)}"),
        // A command with subcommands that does something by itself.
        CommandResult when command.Subcommands.Count > 0 => null,
        _ => new(error.Message, $"see: {PathOf(command)} --help"),
    };

    private static string NameOf(OptionResult option) => option.IdentifierToken?.Value ?? option.Option.Name;

    private static bool LooksLikeOption(string token) => token.Length > 1 && token[0] == '-';

    private static IEnumerable<string> NamesOf(DvCommand command, CommandTree tree) => command.Options.Concat(tree.Global.OfEveryCommand)
        .Where(o => !o.Hidden).SelectMany(o => o.Aliases.Prepend(o.Name)).Distinct();

    private static IEnumerable<OptionResult> OptionsOf(CommandResult command) => command.Children
        .SelectMany(child => child switch
        {
            OptionResult option => [option],
            CommandResult inner => OptionsOf(inner),
            _ => Enumerable.Empty<OptionResult>(),
        });
}
