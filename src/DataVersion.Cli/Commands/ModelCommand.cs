using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv model</c>: the group.</summary>
internal sealed class ModelCommand : DvCommand
{
    internal ModelCommand()
        : base("model", "look at, promote and roll back the models of an MLflow registry")
    {
        Add(new ModelListCommand());
        Add(new ModelShowCommand());
        Add(new ModelPromoteCommand());
        Add(new ModelRollbackCommand());
        Details = ["The server is the one of MLFLOW_TRACKING_URI; no repository is needed. Versions come from dv run --register. See docs/mlflow.md."];
        Examples =
        [
            new("dv model list fraud", "all versions, their stages, aliases and hashes"),
            new("dv model promote fraud 7 --alias champion", "what models:/fraud@champion means from now on"),
            new("dv model rollback fraud --alias champion", "back to the version before"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote];
    }

    internal override UsageException? FindMisuse(ParseResult parse) =>
        parse.CommandResult.Command == this ? new UsageException("a subcommand is missing", "see: dv model --help") : null;

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw FindMisuse(parse)!;
}
