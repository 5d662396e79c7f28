using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Mlflow;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv model list</c>.</summary>
internal sealed class ModelListCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "the registered model");

    internal ModelListCommand()
        : base("list", "list the versions of a model, the latest first")
    {
        Add(_name);
        AddJson();
        Examples = [new("dv model list fraud", "number, stage, aliases, hash and run of each version")];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using var registry = ModelRegistry.Open(context);
        MlflowModelListing listing = await registry.Models.ListAsync(parse.GetValue(_name)!, context.CancellationToken);
        context.Reporter.Show(ModelListOutput.Of(listing), static json => json.ModelListOutput, () => ModelReport.Write(context.Reporter, listing));
        return ExitCodes.Done;
    }
}
