using System.Security.Cryptography;
using DataVersion.Tracking.Metrics;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Runs the trainer: its environment, its metrics, its checkpoints while it runs, its end.</summary>
internal sealed class ChildRun(RunRequest request, RunHost host, RunSettings settings, RunRecorder recorder, RunTracking? tracking)
{
    private const int MaxListed = 2000;

    /// <summary>Pushes checkpoints while it runs; null where there are none.</summary>
    public CheckpointKeeper? Checkpoints { get; init; }

    /// <summary>What the run says of itself to its user.</summary>
    public required IRunView View { get; init; }

    /// <summary>Takes secrets out of what the trainer reports.</summary>
    public required MetricsCleaner Cleaner { get; init; }

    /// <summary>Set where the earlier state was brought back.</summary>
    public bool IsRestored { get; init; }

    /// <summary>Runs it to its end, and records what it reported.</summary>
    /// <exception cref="UsageException">The command or a variable is one that no program can be given.</exception>
    public async Task<SupervisedExit> RunAsync(CancellationToken cancellationToken)
    {
        string metrics = recorder.Store.PathOf(recorder.Record.RunUuid, DocumentNames.Metrics);
        Directory.CreateDirectory(Path.GetDirectoryName(metrics)!);
        var start = new ChildStart(
            request.Command[0], [.. request.Command.Skip(1)], request.WorkingDirectory, Environment(metrics), host.Variable("PATH"), NewProcessGroup: !host.IsInteractive);
        if (request.Wrap is { } wrap)
            start = wrap(start);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new SupervisorOptions(host.Clock)
        {
            Grace = settings.ChildGrace,
            // What is on the disk now, in case the grace is too short for what the trainer saves on its way out.
            OnStopping = Checkpoints is null ? null : (_, token) => Checkpoints.SaveAsync(token),
        };
        await using MetricsFollower follower = MetricsFollower.Start(metrics, LogAsync, new FollowerOptions(host.Clock));
        Task saving = Checkpoints?.RunAsync(request.CheckpointEvery, View.Warn, ended.Token) ?? Task.CompletedTask;
        SupervisedExit exit;
        try
        {
            exit = await ChildSupervisor.RunAsync(start, options, host.Signals, cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await saving;
        }
        await RecordAsync(await follower.StopAsync(CancellationToken.None), metrics, cancellationToken);
        return exit;

        Task LogAsync(IReadOnlyList<MetricPoint> points, CancellationToken token) =>
            tracking?.LogAsync([.. points.Where(p => Cleaner.IsClean(p.Name))], token) ?? Task.CompletedTask;
    }

    /// <summary>What the trainer is told (docs/runs.md): all variables of this process but the token for Git, and the run's own.</summary>
    internal Dictionary<string, string> Environment(string metrics)
    {
        RunRecord record = recorder.Record;
        var variables = new Dictionary<string, string>(host.ChildVariables)
        {
            ["DV_RUN_ID"] = record.RunUuid,
            ["DV_ATTEMPT"] = record.Attempt.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["DV_METRICS"] = metrics,
        };
        settings.Parameters.ExportTo(variables);
        Set("DV_RUN_KEY", settings.Key);
        Set("DV_COMMIT", record.Code?.Commit);
        Set("DV_DATA_COMMIT", record.Pin?.Commit);
        Set("DV_DATA_DIGEST", record.DataDigest);
        Set("DV_CHECKPOINT", request.Checkpoint is { } checkpoint ? Path.GetFullPath(checkpoint, request.WorkingDirectory) : null);
        Set("DV_RESTORED", IsRestored ? "1" : null);
        // So that mlflow.start_run() and autolog() of the trainer write to the same run.
        if (tracking?.RunId is { } run)
            variables["MLFLOW_RUN_ID"] = run;
        return variables;

        void Set(string name, string? value)
        {
            if (value is not null)
                variables[name] = value;
            else
                variables.Remove(name);
        }
    }

    private async Task RecordAsync(MetricsReport report, string file, CancellationToken cancellationToken)
    {
        try
        {
            await Cleaner.CleanAsync(file, cancellationToken);
        }
        catch (FileAccessException e)
        {
            // How the trainer ended is not to be lost over this.
            View.Warn($"the metrics could not be kept with the record: {e.Message}");
        }
        if (report.ProblemCount > 0)
            View.Warn($"{report.ProblemCount} lines of $DV_METRICS are no metrics; the first is line {report.FirstProblems[0].Line}: {report.FirstProblems[0].Problem}");
        if (report.Points == 0)
            return;
        Dictionary<string, double> final = report.Summary.Metrics.Where(m => Cleaner.IsClean(m.Key)).Take(MaxListed).ToDictionary(m => m.Key, m => m.Value.Last);
        recorder.Update(r => r with { Metrics = new MetricsFacts(final, report.Points, Hash(file)) });
    }

    private static string? Hash(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
