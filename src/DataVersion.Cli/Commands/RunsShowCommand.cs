using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv runs show</c>.</summary>
internal sealed class RunsShowCommand : DvCommand
{
    private readonly Argument<string> _run = Opt.Required("RUN", "its id, or the first digits of it");
    private readonly RunsScope _scope = new();

    internal RunsShowCommand()
        : base("show", "show all that was recorded of a run")
    {
        Add(_run);
        _scope.AddTo(this);
        AddJson();
        Details = ["With --json: the record itself, as docs/provenance.md describes it."];
        Examples = [new("dv runs show 019dd9f0-1b3c", "code, data, settings, machine, metrics, outputs, times")];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        using OpenedRuns runs = await _scope.OpenAsync(parse, context, repository);
        RunRecord record = await runs.Catalog.GetAsync(parse.GetValue(_run)!, context.CancellationToken);
        context.Reporter.Show(record, static json => json.RunRecord, () => RunReport.Write(context.Reporter, record, context.Environment.Clock.GetUtcNow()));
        return ExitCodes.Done;
    }
}
