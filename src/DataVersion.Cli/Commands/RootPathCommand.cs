using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv root</c>.</summary>
internal sealed class RootPathCommand : DvCommand
{
    internal RootPathCommand()
        : base("root", "show the folder that the repository begins at")
    {
        AddJson();
        Examples = [new("cd \"$(dv root)\"", "go there")];
        Codes = [ExitCodes.Done, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenUnchecked();
        string root = repository.Layout.Root;
        // Not made printable: a script must get the very name.
        context.Reporter.Show(new RootOutput(root), static json => json.RootOutput, () => context.Reporter.Answer(root));
        return Task.FromResult(ExitCodes.Done);
    }
}
