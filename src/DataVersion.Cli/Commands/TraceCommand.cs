using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv trace</c>.</summary>
internal sealed class TraceCommand : DvCommand
{
    private readonly Argument<string> _subject = Opt.Required("FILE|RUN|HASH", "a model's file or folder, a tracked path or pointer, the id of a run, or a hash");
    private readonly RunsScope _scope = new();

    internal TraceCommand()
        : base("trace", "tell where a file came from, and what was made of data")
    {
        Add(_subject);
        _scope.AddTo(this);
        AddJson();
        Details =
        [
            "From a model's bytes back to the run that made them, its commit, its data and who committed those, and on where a run made the data. From a version of data forward to every run that used it, and what that made.",
            "A file is found by its bytes, wherever it lies and whatever it is called now.",
        ];
        Examples =
        [
            new("dv trace model.onnx", "which run, commit and data made this file"),
            new("dv trace data/train", "every model that was trained on this version of the data"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Differences, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        using OpenedRuns runs = await _scope.OpenAsync(parse, context, repository);
        string subject = parse.GetValue(_subject)!;
        var tracer = new Tracer(runs.Catalog);
        string full = Path.GetFullPath(subject, context.WorkingDirectory);
        bool isFile = File.Exists(full) || Directory.Exists(full);
        RunRecord? run = isFile ? null : await runs.Catalog.TryGetAsync(subject, context.CancellationToken);
        TraceResult trace = run is not null
            ? await tracer.TraceAsync(run, context.CancellationToken)
            : await tracer.TraceAsync(await new TraceSubjects(repository, context).HashAsync(subject, "trace"), context.CancellationToken);
        context.Reporter.Show(TraceOutput.Of(trace), static json => json.TraceOutput, () => new TraceReport(context.Reporter, repository).Write(subject, trace));
        // Nothing known is an answer that scripts want to see.
        return trace.MadeBy.Count + trace.UsedBy.Count > 0 ? ExitCodes.Done : ExitCodes.Differences;
    }
}
