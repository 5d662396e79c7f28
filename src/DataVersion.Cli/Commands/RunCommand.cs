using System.CommandLine;
using System.CommandLine.Parsing;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Runs;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv run</c>.</summary>
internal sealed class RunCommand : DvCommand
{
    private readonly RunOptions _options = new();

    internal RunCommand()
        : base("run", "run a trainer on exactly the data that the commit pins, and record it")
    {
        _options.AddTo(this);
        Details =
        [
            "Pins the data version (a revision that is named, the commit that is checked out, or a baked dv.pin.json), checks the machine, pulls and verifies the data, starts the trainer, follows its metrics ($DV_METRICS), hashes and pushes its outputs, and keeps a record of all of it: provenance.json and an in-toto statement, here and on the remote (run.remote, or the data's own).",
            "The trainer is never started where anything before it failed. Its exit code is passed on unchanged. It finds the run in DV_RUN_ID, parameters in DV_PARAM_NAME, and MLflow's run in MLFLOW_RUN_ID.",
            "Variables, signals, attempts, ranks and checkpoints: docs/runs.md.",
        ];
        Examples =
        [
            new("dv run -- python train.py", "on the data of the commit that is checked out"),
            new("dv run --out models --param lr=0.1 -- python train.py", "record a parameter, and what the trainer makes"),
            new("dv run --rev v1.2 --allow-data-rev --out models -- python train.py", "this code on the data of v1.2"),
            new("dv run --require-gpu --checkpoint state -o models -- torchrun train.py", "in a container on a spot node"),
        ];
        Codes = [.. RunExitCodes.All.Select(c => c.Code)];
    }

    internal override string Describe(int code) => RunExitCodes.All.First(c => c.Code == code).Meaning;

    // Else the trainer's own options would be called unknown ones of ours.
    internal override UsageException? FindMisuse(ParseResult parse) => parse.Tokens.Any(t => t.Type == TokenType.DoubleDash)
        ? null
        : new UsageException("the command must follow '--'", "for example: dv run --out models -- python train.py --epochs 3");

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        RunRequest request = _options.Read(parse, context);
        var view = new RunView(context);
        RunOutcome outcome = await new RunSession(request, context.CreateRunHost(), view)
            .RunAsync(error => context.Reporter.Fail(ErrorReport.From(error, context.CancellationToken)), context.CancellationToken);
        return outcome.ExitCode;
    }
}
