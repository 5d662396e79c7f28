using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv runs list</c>.</summary>
internal sealed class RunsListCommand : DvCommand
{
    private readonly RunsListOptions _options = new();

    internal RunsListCommand()
        : base("list", "list runs, the latest first")
    {
        _options.AddTo(this);
        AddJson();
        Examples =
        [
            new("dv runs list --commit HEAD", "of this commit"),
            new("dv runs list --model models/model.onnx", "which run made this file"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => RunAsync(parse, context, _options);

    internal static async Task<int> RunAsync(ParseResult parse, CommandContext context, RunsListOptions options)
    {
        using Repository repository = context.OpenRepository();
        RunFilter filter = await options.ReadAsync(parse, context, repository);
        using OpenedRuns runs = await options.Scope.OpenAsync(parse, context, repository);
        IReadOnlyList<RunRecord> found = await runs.Catalog.ListAsync(filter, context.CancellationToken);
        DateTimeOffset now = context.Environment.Clock.GetUtcNow();
        context.Reporter.Show(RunListOutput.Of(found, now), static json => json.RunListOutput, () => RunListReport.Write(context.Reporter, found, now));
        foreach (string problem in runs.Catalog.Problems)
            context.Reporter.Warn(problem);
        return ExitCodes.Done;
    }
}
