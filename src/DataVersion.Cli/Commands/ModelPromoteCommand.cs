using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Mlflow;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv model promote</c>.</summary>
internal sealed class ModelPromoteCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "the registered model");
    private readonly Argument<string> _version = Opt.Required("VERSION", "its number, 'latest', or the @ALIAS that names it now");
    private readonly Option<string?> _alias = Opt.Text("--alias", "ALIAS", "let this alias name the version");
    private readonly Option<string?> _stage = Opt.Text("--stage", "STAGE", "move the version to this stage: Staging, Production, Archived or None");
    private readonly Option<bool> _archive = Opt.Flag("--archive-existing", "archive what is in the stage");

    internal ModelPromoteCommand()
        : base("promote", "let an alias or a stage mean another version")
    {
        Add(_name);
        Add(_version);
        Add(_alias);
        Add(_stage);
        Add(_archive);
        AddJson();
        Details =
        [
            "The version must be there and READY. Its hash is shown (tag dv.model.sha256): what dv-serve loads must have it. What held the alias or the stage before is said and kept in a tag of the model, for dv model rollback.",
            "models:/NAME/STAGE means the highest version of the stage. To promote a lower one, use --archive-existing.",
        ];
        Examples =
        [
            new("dv model promote fraud 7 --alias champion", "servers that follow models:/fraud@champion load version 7"),
            new("dv model promote fraud 7 --stage Production --archive-existing", "the same by stages"),
            new("dv model promote fraud @challenger --alias champion", "what another alias names"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string name = parse.GetValue(_name)!;
        (string? alias, string? stage) = (parse.GetValue(_alias), parse.GetValue(_stage));
        if (alias is null && stage is null)
            throw new UsageException("what is the version promoted to?", "name an alias or a stage: --alias champion, --stage Production");
        if (parse.GetValue(_archive) && stage is null)
            throw new UsageException("--archive-existing needs --stage STAGE");
        var request = new MlflowPromotionRequest(MlflowModelSelector.Of(name, parse.GetValue(_version)!), alias, stage, parse.GetValue(_archive));
        using var registry = ModelRegistry.Open(context);
        MlflowPromotion promotion = await registry.Models.PromoteAsync(request, context.CancellationToken);
        ModelReport.Write(context.Reporter, promotion);
        return ExitCodes.Done;
    }
}
