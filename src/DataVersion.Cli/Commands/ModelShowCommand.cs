using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Mlflow;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv model show</c>.</summary>
internal sealed class ModelShowCommand : DvCommand
{
    private readonly Argument<string> _version = Opt.Required("MODEL", "NAME (the latest version), NAME@ALIAS, NAME/VERSION or NAME/STAGE");

    internal ModelShowCommand()
        : base("show", "show a version of a model and where it comes from")
    {
        Add(_version);
        AddJson();
        Examples =
        [
            new("dv model show fraud@champion", "what the alias names"),
            new("dv model show fraud/Production", "the highest version of the stage"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var selector = MlflowModelSelector.Parse(parse.GetValue(_version)!);
        using var registry = ModelRegistry.Open(context);
        MlflowFoundVersion found = await registry.Models.FindAsync(selector, context.CancellationToken);
        MlflowRunInfo? run = await FindRunAsync(registry, found.Version.RunId, context.CancellationToken);
        var output = ModelShowOutput.Of(found, run);
        context.Reporter.Show(output, static json => json.ModelShowOutput, () => ModelReport.Write(context.Reporter, output));
        return ExitCodes.Done;
    }

    private static async Task<MlflowRunInfo?> FindRunAsync(ModelRegistry registry, string? id, CancellationToken cancellationToken)
    {
        try
        {
            return id is null ? null : await registry.Client.GetRunAsync(id, cancellationToken);
        }
        catch (MlflowException e) when (e.IsMissing)
        {
            // Deleted for good; the version stays.
            return null;
        }
    }
}
