using System.CommandLine;
using System.Globalization;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking;
using DataVersion.Tracking.Reproduction;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv reproduce</c>.</summary>
internal sealed class ReproduceCommand : DvCommand
{
    private readonly Argument<string> _subject = Opt.Required("RUN|COMMIT|FILE", "a run (its id, or the first digits of it), a commit whose finished runs are repeated, or a provenance.json");
    private readonly Option<string?> _run = Opt.Text("--run", "RUN", "of the runs of a commit, only this one");
    private readonly Option<bool> _keep = Opt.Flag("--keep", "leave the worktree, and say where it is");
    private readonly Option<bool> _host = Opt.Flag("--host", "run on this machine also what ran in an image or on a GPU; what differs is listed");
    private readonly Option<double?> _tolerance = Tolerance();
    private readonly Option<string[]> _params = new("--param", "-p")
    {
        Description = "another value for a parameter: what would have come of it",
        HelpName = "NAME=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly RunsScope _scope = new();

    internal ReproduceCommand()
        : base("reproduce", "repeat a run, and say whether the result is the same")
    {
        Add(_subject);
        foreach (Option option in (Option[])[_run, _keep, _host, _tolerance, _params])
            Add(option);
        _scope.AddTo(this);
        AddJson();
        Details =
        [
            "In a worktree of its own, so that your files, index and HEAD stay as they are: the commit, the diff of what was not committed, the data as recorded, the same command, parameters, seeds and variables, in the recorded image where podman or docker is here. Whatever is missing is said before anything starts.",
            "identical: every output has the same hash (promised for the same image, CPU features and number of threads). equivalent: outputs differ, and every metric agrees within the tolerance. different: with what differs, and the likely causes.",
            "What the trainer prints goes to standard error. The repetition is a run of its own (dv runs), kept on this machine. More: docs/reproduce.md.",
        ];
        Examples =
        [
            new("dv reproduce 019dd9f0-1b3c", "one run"),
            new("dv reproduce v1.2", "every finished run of the commit that is tagged v1.2"),
            new("dv reproduce 019dd9f0 --param seed=8", "the same with another seed"),
            new("dv reproduce provenance.json --host --keep", "from a record that somebody sent, without its image"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Differences, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository, ExitCodes.Interrupted, ExitCodes.Terminated];
    }

    internal override string Describe(int code) => code switch
    {
        ExitCodes.Done => "identical, or equivalent within the tolerance",
        ExitCodes.Differences => "the result is different",
        ExitCodes.Usage => "it could not be repeated, or the repetition failed; also wrong usage",
        _ => base.Describe(code),
    };

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        using OpenedRuns runs = await _scope.OpenAsync(parse, context, repository);
        var subjects = new ReproduceSubjects(repository, context, runs.Catalog);
        IReadOnlyList<ReproductionRequest> requests = await subjects.FindAsync(parse.GetValue(_subject)!, parse.GetValue(_run));
        RunHost host = context.CreateRunHost();
        var results = new List<ReproductionResult>();
        foreach (ReproductionRequest request in requests)
        {
            ReproductionResult result = await new Reproducer(repository, host, new RunView(context)).RunAsync(request with
            {
                Keep = parse.GetValue(_keep),
                OnHost = parse.GetValue(_host),
                Tolerance = parse.GetValue(_tolerance) ?? ReproductionRequest.DefaultTolerance,
                Parameters = parse.GetValue(_params) ?? [],
            }, context.CancellationToken);
            results.Add(result);
            if (!context.Reporter.Json)
                ReproduceReport.Write(context.Reporter, result);
            if (result.Outcome == ReproductionOutcome.Stopped)
                break;
        }
        context.Reporter.Show(ReproduceOutput.Of(results), static json => json.ReproduceOutput, static () => { });
        return results.MaxBy(r => r.Outcome)!.ExitCode;
    }

    private static Option<double?> Tolerance() => new("--tolerance")
    {
        Description = "metrics agree that differ by at most this, relative to the larger one (default: 1e-6)",
        HelpName = "X",
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value >= 0)
                return value;
            result.AddError($"'{result.Tokens[0].Value}' is not a number such as 0, 1e-6 or 0.01");
            return null;
        },
    };
}
