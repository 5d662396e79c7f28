using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv mlflow sync</c>.</summary>
internal sealed class MlflowSyncCommand : DvCommand
{
    internal MlflowSyncCommand()
        : base("sync", "send to MLflow what it lacks of runs that are over")
    {
        AddJson();
        Details =
        [
            "Each run is sent once, however often this is run: it is looked up by the tag dv.run.uuid, and equal metrics, parameters and files change nothing.",
            "The server is the one of MLFLOW_TRACKING_URI; see docs/mlflow.md.",
        ];
        Examples = [new("dv mlflow sync", "after the server is back")];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        MlflowSettings settings = MlflowSettings.From(context.Variables, context.Environment.HomeDirectory, out string? reason)
            ?? throw new UsageException($"no MLflow server is to be used: {reason}", "set MLFLOW_TRACKING_URI");
        var sync = new MlflowSync(RunStore.Of(repository), repository.Layout.Root);
        using var http = new MlflowHttp(settings, context.Environment.Clock);
        var client = new MlflowClient(http);
        var sent = new List<SyncedRun>();
        foreach (RunRecord record in sync.FindPending())
        {
            SyncedRun run = await sync.SendAsync(client, record, context.CancellationToken);
            foreach (string refusal in run.Refusals)
                context.Reporter.Warn($"run {RunIds.Short(record.RunUuid)}: {refusal}");
            if (!run.HasOutputs)
                context.Reporter.Warn($"run {RunIds.Short(record.RunUuid)}: its outputs are not here any more, so they were not uploaded");
            sent.Add(run);
        }
        context.Reporter.Show(new RunSyncOutput([.. sent.Select(s => s.Record.RunUuid)]), static json => json.RunSyncOutput, () =>
            context.Reporter.Did(sent.Count == 0 ? "nothing to send" : $"sent {Sizes.Count(sent.Count, "run")} with {Sizes.Count(sent.Sum(s => s.Points), "metric point")} to {settings.Location}"));
        return ExitCodes.Done;
    }
}
