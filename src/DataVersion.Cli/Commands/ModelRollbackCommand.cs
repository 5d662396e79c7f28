using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Mlflow;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv model rollback</c>.</summary>
internal sealed class ModelRollbackCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "the registered model");
    private readonly Option<string?> _alias = Opt.Text("--alias", "ALIAS", "the alias to give back");
    private readonly Option<string?> _stage = Opt.Text("--stage", "STAGE", "the stage to give back: Production or Staging. What is in it is archived");

    internal ModelRollbackCommand()
        : base("rollback", "give an alias or a stage back to the version before")
    {
        Add(_name);
        Add(_alias);
        Add(_stage);
        AddJson();
        Details =
        [
            "Goes by what dv model promote (or dv run --register --alias) noted in the model's tags dv.alias.ALIAS.previous and dv.stage.STAGE.previous. Where somebody has moved the alias or stage by other means since, it is refused: promote a version by its number then. Twice in a row leads back to the start.",
        ];
        Examples =
        [
            new("dv model rollback fraud --alias champion", "the version that was champion before is champion again"),
            new("dv model rollback fraud --stage Production", "the same by stages"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        (string? alias, string? stage) = (parse.GetValue(_alias), parse.GetValue(_stage));
        if (alias is null && stage is null)
            throw new UsageException("what is rolled back?", "name an alias or a stage: --alias champion, --stage Production");
        using var registry = ModelRegistry.Open(context);
        MlflowPromotion promotion = await registry.Models.RollBackAsync(parse.GetValue(_name)!, alias, stage, context.CancellationToken);
        ModelReport.Write(context.Reporter, promotion);
        return ExitCodes.Done;
    }
}
