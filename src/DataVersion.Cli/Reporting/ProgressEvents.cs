using System.Text.Json;
using System.Text.Json.Serialization;

namespace DataVersion.Cli.Reporting;

/// <summary>Progress for programs (<c>--json-progress</c>): a JSON object a line on stderr, twice a second and at the end of a stage.</summary>
internal static class ProgressEvents
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    internal static async Task RunAsync(ProgressMonitor monitor, CliHost host, CancellationToken end)
    {
        StageView? last = null;
        bool goesOn = true;
        while (goesOn)
        {
            await Task.Delay(Interval, host.Clock, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            goesOn = !end.IsCancellationRequested;
            monitor.FlushWarnings();
            foreach (StageView ended in monitor.TakeEnded())
                Write(host, ended, monitor.Retries, isEnd: true);
            if (monitor.Current is not { } stage || (last is { } before && stage.IsSameAs(before) && goesOn))
                continue;
            Write(host, stage, monitor.Retries, isEnd: !goesOn);
            last = stage;
        }
    }

    private static void Write(CliHost host, StageView stage, long retries, bool isEnd) => host.Error.WriteLine(JsonSerializer.Serialize(
        new ProgressEvent(
            isEnd ? "end" : "progress", JsonNamingPolicy.KebabCaseLower.ConvertName(stage.Stage.ToString()), stage.Objects, stage.PlannedObjects, stage.Bytes, stage.PlannedBytes,
            (long)stage.Elapsed.TotalMilliseconds, retries),
        ProgressJson.Default.ProgressEvent));
}

/// <summary>One line of <c>--json-progress</c>.</summary>
/// <param name="Event"><c>progress</c>, or <c>end</c> for the last line of a stage.</param>
/// <param name="Stage"><c>scan hash check upload download place verify</c></param>
/// <param name="Objects">Done so far.</param>
/// <param name="PlannedObjects">Known so far; 0 while nothing is.</param>
/// <param name="Bytes">Done so far.</param>
/// <param name="PlannedBytes">Known so far.</param>
/// <param name="Milliseconds">Since the stage began.</param>
/// <param name="Retries">Requests that were repeated since the command began.</param>
internal sealed record ProgressEvent(
    string Event, string Stage, long Objects, long PlannedObjects, long Bytes, long PlannedBytes, long Milliseconds, long Retries);

/// <summary>A problem while the command goes on, in <c>--json-progress</c>: <c>warning</c> or <c>retry</c>.</summary>
internal sealed record ProblemEvent(string Event, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProgressEvent))]
[JsonSerializable(typeof(ProblemEvent))]
internal sealed partial class ProgressJson : JsonSerializerContext;
