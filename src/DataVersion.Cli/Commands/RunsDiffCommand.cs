using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv runs diff</c>.</summary>
internal sealed class RunsDiffCommand : DvCommand
{
    private readonly Argument<string> _left = Opt.Required("A", "a run: its id, or the first digits of it");
    private readonly Argument<string> _right = Opt.Required("B", "another run");
    private readonly Option<bool> _exitCode = Opt.Flag("--exit-code", "end with 1 where something differs");
    private readonly RunsScope _scope = new();

    internal RunsDiffCommand()
        : base("diff", "show what differs between two runs, possible causes first")
    {
        Add(_left);
        Add(_right);
        Add(_exitCode);
        _scope.AddTo(this);
        AddJson();
        Examples = [new("dv runs diff 019dd9f0-1b3c 019dd9f4", "both sides of everything that differs")];
        Codes = [ExitCodes.Done, ExitCodes.Differences, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        using OpenedRuns runs = await _scope.OpenAsync(parse, context, repository);
        RunRecord left = await runs.Catalog.GetAsync(parse.GetValue(_left)!, context.CancellationToken);
        RunRecord right = await runs.Catalog.GetAsync(parse.GetValue(_right)!, context.CancellationToken);
        IReadOnlyList<RecordDifference> differences = RecordComparison.Compare(left, right);
        context.Reporter.Show(
            new RunDiffOutput(left.RunUuid, right.RunUuid, differences), static json => json.RunDiffOutput, () => RunDiffReport.Write(context.Reporter, left, right, differences));
        return parse.GetValue(_exitCode) && differences.Count > 0 ? ExitCodes.Differences : ExitCodes.Done;
    }
}
