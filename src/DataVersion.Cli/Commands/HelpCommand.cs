using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv help</c>.</summary>
internal sealed class HelpCommand : DvCommand
{
    private readonly Argument<string[]> _words = new("COMMAND") { Description = "the command, with its subcommand", Arity = ArgumentArity.ZeroOrMore };

    internal HelpCommand()
        : base("help", "show the help of dv or of a command")
    {
        Add(_words);
        Examples = [new("dv help push", "the same as: dv push --help"), new("dv help remote add", "the help of a subcommand")];
        Codes = [ExitCodes.Done, ExitCodes.Usage];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        DvCommand command = context.Tree.Root;
        foreach (string word in parse.GetValue(_words) ?? [])
            command = command.Subcommands.Cast<DvCommand>().FirstOrDefault(c => c.Name == word)
                ?? throw new UsageException($"'{word}' is not a command of '{ParseErrors.PathOf(command)}'", $"see: {ParseErrors.PathOf(command)} --help");
        using var text = new StringWriter { NewLine = "\n" };
        HelpText.Write(HelpPage.Of(command, context.Tree), text);
        context.Reporter.Answer(text.ToString().TrimEnd('\n'));
        return Task.FromResult(ExitCodes.Done);
    }
}
