using System.Globalization;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Reporting;

/// <summary>All that was recorded of one run, in blocks.</summary>
internal static class RunReport
{
    internal static void Write(ConsoleReporter reporter, RunRecord run, DateTimeOffset now)
    {
        string state = RunStates.Word(RunStates.Of(run, now));
        reporter.Answer($"{reporter.Paint.Bold("run")} {run.RunUuid}  {RunListReport.Colour(reporter.Paint, state)}{(run.Stage.StartsWith(RunStates.FailedPrefix, StringComparison.Ordinal) ? $" in stage {Printable.Text(run.Stage[RunStates.FailedPrefix.Length..])}" : "")}");
        foreach ((string name, string? value) in Facts(run))
        {
            if (!string.IsNullOrEmpty(value))
                reporter.Answer($"  {name,-12} {Printable.Text(value)}");
        }
        Block(reporter, "data", run.Data, d => $"{(d.Inside is null ? d.Path : $"{d.Path}/{d.Inside}")}  {d.Algo}:{d.Hash[..Math.Min(d.Hash.Length, 12)]}  {Sizes.Bytes(d.Size)}, {Sizes.Count(d.Nfiles, "file")}{(d.Verified ? "" : "  (not verified)")}");
        Block(reporter, "parameters", run.Train.Params.OrderBy(p => p.Key, StringComparer.Ordinal), p => $"{p.Key} = {p.Value}");
        Block(reporter, "metrics", (run.Metrics?.Final ?? new Dictionary<string, double>()).OrderBy(m => m.Key, StringComparer.Ordinal), m => $"{m.Key} = {m.Value.ToString("R", CultureInfo.InvariantCulture)}");
        Block(reporter, "outputs", run.Outputs.SelectMany(Lines), l => l);
        Block(reporter, "checkpoints", run.Checkpoints, c => $"{c.Path}  sha256:{c.Sha256[..12]}  {Sizes.Bytes(c.Size)}, {Time(c.SavedOn)}{(c.Restored ? "  (restored)" : "")}");
        Block(reporter, "gpus", run.Gpu?.Devices ?? [], g => $"{g.Uuid}  {g.Name}{(g.Cc is null ? "" : $", compute capability {g.Cc}")}");
        Block(reporter, "stages", run.Stages, s => $"{s.Name,-16} {s.Seconds.ToString("0.00", CultureInfo.InvariantCulture),9} s{(s.Note is null ? "" : $"  {s.Note}")}");
        Block(reporter, "allowed", run.Allowances, a => a);
        Block(reporter, "warnings", run.Warnings, w => w);
    }

    private static IEnumerable<(string Name, string? Value)> Facts(RunRecord run)
    {
        yield return ("error", run.Error);
        yield return ("started", Time(run.StartedOn));
        yield return ("ended", run.FinishedOn is { } end ? $"{Time(end)} (after {Sizes.Time(end - run.StartedOn)})" : null);
        yield return ("exit code", run.ExitCode is { } code ? $"{code}{(run.ChildExitCode is { } child && child != code ? $" (the trainer: {child})" : "")}{(run.Signal is { } signal ? $" (signal {signal})" : "")}" : null);
        yield return ("attempt", run.Key is { } key ? $"{run.Attempt} of '{key}'" : null);
        yield return ("repeats", run.Reproduces);
        yield return ("command", string.Join(' ', run.Train.Command.Select(Quote)));
        yield return ("in", run.Train.WorkingDirectory);
        yield return ("commit", run.Code is { } c ? $"{c.Commit}{(c.Branch is null ? "" : $" ({c.Branch})")}{(c.Dirty ? $", with {Sizes.Count(c.Changed.Count, "uncommitted change")}" : "")}" : null);
        yield return ("repository", run.Code?.Repo);
        yield return ("data from", run.Pin is { } pin && pin.Commit != run.Code?.Commit ? $"commit {pin.Commit}{(pin.Repo is null ? "" : $" of {pin.Repo}")}" : null);
        yield return ("data digest", run.DataDigest);
        yield return ("image", run.Image?.Reference);
        yield return ("machine", run.Runtime is { } r ? $"{r.Os}, {r.Arch}, {Sizes.Count(r.Cpus, "processor")}{(r.CpuModel is null ? "" : $" ({r.CpuModel})")}" : null);
        yield return ("python", run.Runtime?.Python is { } python ? $"{python}, {Sizes.Count(run.Runtime.Packages.Count(p => p.Kind == "python"), "package")}" : null);
        yield return ("gpu", run.Gpu is { } gpu ? $"{gpu.Provider}{(gpu.Driver is null ? "" : $", driver {gpu.Driver}")}{(gpu.CudaRuntime is null ? "" : $", CUDA {gpu.CudaRuntime}")}" : null);
        yield return ("mlflow", run.Mlflow is { } ml ? $"{ml.TrackingUri} run {ml.RunId ?? "(none)"}{(ml.ModelVersion is null ? "" : $", model {ml.ModelName} version {ml.ModelVersion}")}{(ml.Delivered ? "" : " (not all delivered: dv mlflow sync)")}" : null);
        yield return ("started by", run.Orchestrator is { } o ? string.Join(' ', ((string?[])[o.User, o.Kind == "none" ? null : o.Kind, o.Namespace, o.Job, o.Pod, o.Node is null ? null : $"on {o.Node}", o.Rank is { } rank ? $"rank {rank}" : null]).OfType<string>()) : null);
        yield return ("dv", run.Tool.Version);
    }

    private static IEnumerable<string> Lines(OutputFacts output)
    {
        yield return $"{output.Path}{(output.Kind == "dir" ? "/" : "")}  sha256:{output.Sha256}  {Sizes.Bytes(output.Size)}{(output.Pushed ? "" : "  (not pushed)")}{(output.Pointer is null ? "" : $"  tracked by {output.Pointer}")}";
        if (output.Kind != "dir")
            yield break;
        foreach (OutputFile file in output.Files.Take(Listing.Most))
            yield return $"  {file.Path}  sha256:{file.Sha256[..12]}  {Sizes.Bytes(file.Size)}";
        if (output.Nfiles > Listing.Most)
            yield return $"  … and {Sizes.Count(output.Nfiles - Listing.Most)} more";
    }

    private static void Block<T>(ConsoleReporter reporter, string title, IEnumerable<T> items, Func<T, string> line)
    {
        List<T> all = [.. items];
        if (all.Count == 0)
            return;
        reporter.Answer(reporter.Paint.Bold($"{title}:"));
        Listing.Capped(reporter, all, item => reporter.Answer($"  {Printable.Text(line(item))}"), reporter.Answer);
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Quote(string argument) => argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%".Contains(c, StringComparison.Ordinal))
        ? argument
        : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
