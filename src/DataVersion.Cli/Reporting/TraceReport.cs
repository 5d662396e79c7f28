using DataVersion.Git;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Reporting;

/// <summary>A trace as an indented tree: a run, below it its commit and its data, below those the runs that made them.</summary>
internal sealed class TraceReport(ConsoleReporter reporter, Repository repository)
{
    internal void Write(string subject, TraceResult trace)
    {
        if (trace.MadeBy.Count == 0 && trace.UsedBy.Count == 0)
        {
            reporter.Answer($"no run is known that made or used '{Printable.Text(subject)}'");
            reporter.Note("runs of other machines are seen where run.remote, or a default remote, is configured");
            return;
        }
        foreach (TracedRun run in trace.MadeBy)
            Back(run, "", "made by");
        if (trace.UsedBy.Count > 0)
            reporter.Answer(reporter.Paint.Bold("used by:"));
        foreach (RunRecord run in trace.UsedBy)
        {
            reporter.Answer($"  {Head(run)}");
            foreach (OutputFacts output in run.Outputs)
                reporter.Answer($"    made {Printable.Text(output.Path)}  sha256:{output.Sha256[..12]}");
        }
    }

    private void Back(TracedRun traced, string indent, string verb)
    {
        RunRecord run = traced.Run;
        reporter.Answer($"{indent}{reporter.Paint.Bold(verb)} {Head(run)}");
        if (run.Code is { } code)
            reporter.Answer($"{indent}  code   {code.Commit[..12]}{(code.Dirty ? " with uncommitted changes" : "")}{Of(code.Repo)}{Author(code.Commit, null)}");
        reporter.Answer($"{indent}  run as {Printable.Text(string.Join(' ', run.Train.Command))}{(run.Orchestrator?.User is { } user ? $"  by {Printable.Text(user)}" : "")}");
        foreach (TracedData data in traced.Data)
        {
            DataFacts facts = data.Data;
            string path = facts.Inside is null ? facts.Path : $"{facts.Path}/{facts.Inside}";
            reporter.Answer($"{indent}  data   {Printable.Text(path)}  {facts.Algo}:{facts.Hash[..Math.Min(12, facts.Hash.Length)]}{(run.Pin is { } pin ? Author(pin.Commit, facts.Pointer) : "")}");
            if (data.MadeBy is { } maker)
                Back(maker, indent + "    ", "made by");
        }
    }

    private static string Head(RunRecord run)
    {
        string metrics = RunListReport.Metrics(run, 3);
        return $"run {RunIds.Short(run.RunUuid)}  {run.StartedOn.UtcDateTime:yyyy-MM-dd HH:mm} UTC  {run.Stage}{(metrics.Length > 0 ? $"  {metrics}" : "")}";
    }

    private static string Of(string? repository) => repository is null ? "" : $" of {Printable.Text(repository)}";

    // Who committed this version; not known where the commit is not in this clone.
    private string Author(string commit, string? path) =>
        repository.Layout.Git?.TryFindAuthor(commit, path is null ? null : repository.ToGitPath(path)) is { } author
            ? $"  by {Printable.Text(author.Name)}, {author.Date:yyyy-MM-dd}"
            : "";
}

/// <summary>The trace for programs.</summary>
internal sealed record TraceOutput(string Subject, IReadOnlyList<TracedRun> MadeBy, IReadOnlyList<RunRecord> UsedBy)
{
    internal static TraceOutput Of(TraceResult trace) => new(trace.Subject, trace.MadeBy, trace.UsedBy);
}
