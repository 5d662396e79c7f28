using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv mlflow</c>: the group.</summary>
internal sealed class MlflowCommand : DvCommand
{
    private readonly MlflowSyncCommand _sync = new();

    internal MlflowCommand()
        : base("mlflow", "send runs to an MLflow server")
    {
        Add(_sync);
        AddJson();
        Details = ["Without a subcommand: the same as dv mlflow sync."];
        Examples = [new("dv mlflow sync", "send what a server lacks that was down while runs lasted")];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => _sync.RunAsync(parse, context);
}
