using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv</c> itself: shows what there is.</summary>
internal sealed class DvRootCommand : DvCommand
{
    internal DvRootCommand()
        : base("dv", "versions data and models beside Git") =>
        Examples =
        [
            new("dv init", "make the Git repository here a dv repository"),
            new("dv add data/train", "track a folder; Git gets the small file data/train.dv"),
            new("dv push", "send the data to the remote"),
            new("git pull && dv pull", "get a colleague's commits, and the data that they pin"),
            new("dv help add", "show the help of one command"),
        ];

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using var text = new StringWriter { NewLine = "\n" };
        HelpText.Write(HelpPage.Of(this, context.Tree), text);
        context.Reporter.Answer(text.ToString().TrimEnd('\n'));
        return Task.FromResult(ExitCodes.Done);
    }
}
