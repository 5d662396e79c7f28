using DataVersion.Objects;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Reproduction;

/// <summary>What a record itself says against a repetition; nothing else is looked at.</summary>
internal static class RecordObstacles
{
    /// <summary>All of it.</summary>
    public static IEnumerable<ReproductionObstacle> Find(ReproductionRequest request)
    {
        RunRecord record = request.Original;
        if (record.Stage != RunStates.Complete)
        {
            yield return new($"the run did not end well ({PathRules.Printable(record.Stage)}): there is no result to compare with", "name one that is complete: dv runs");
            yield break;
        }
        if (IsRedacted(record, request.Parameters))
            yield return new("secrets were taken out of its command or parameters", "give parameters again with --param NAME=VALUE, or run the command yourself (dv run) and compare: dv runs diff");
        if (record.Train.Command.Count == 0)
            yield return new("no command was recorded");
        if (record.Code is null)
            yield return new("no commit was recorded: the code is not known", "run from a Git repository, or from an image with a baked pin (dv pin)");
        if (record.Outputs.Count == 0 && record.Metrics is not { Final.Count: > 0 })
            yield return new("neither outputs nor metrics were recorded: there is nothing to compare", "name outputs (dv run --out PATH), or report metrics in $DV_METRICS");
        if (record.Orchestrator?.WorldSize > 1)
            yield return new($"it was one of {record.Orchestrator.WorldSize} processes that trained together", "start them all as they were started then");
        foreach (DataFacts data in record.Data.Where(d => !d.Verified))
            yield return new($"'{PathRules.Printable(data.Path)}' was not what its pointer says (--allow-data-dirty), and what it was is not known");
        if (!IsInside(record.Train.WorkingDirectory))
            yield return new($"its working directory '{PathRules.Printable(record.Train.WorkingDirectory)}' lies outside of the repository");
        foreach (string output in record.Train.Out.Where(o => !IsInside(record.Train.WorkingDirectory, o)))
            yield return new($"its output '{PathRules.Printable(output)}' lies outside of the repository, where the repetition would overwrite what is there", "let the trainer write below its working directory");
    }

    /// <summary>True where a relative path, seen from a folder of the repository, does not leave that.</summary>
    internal static bool IsInside(string folder, string path = "")
    {
        if (Path.IsPathRooted(folder) || Path.IsPathRooted(path) || path.Contains('\0') || folder.Contains('\0'))
            return false;
        int depth = 0;
        foreach (string part in $"{folder}/{path}".Split('/', Path.DirectorySeparatorChar))
        {
            depth += part switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
                return false;
        }
        return true;
    }

    // Parameters that are given anew are no longer missing.
    private static bool IsRedacted(RunRecord record, IReadOnlyList<string> given)
    {
        if (!record.Train.Redacted)
            return false;
        HashSet<string> names = [.. given.Select(g => g.Split('=', 2)[0])];
        List<string> hidden = [.. record.Train.Params.Where(p => p.Value.Contains(Redactor.Mark, StringComparison.Ordinal)).Select(p => p.Key)];
        return record.Train.Command.Any(c => c.Contains(Redactor.Mark, StringComparison.Ordinal)) || hidden.Count == 0 || hidden.Exists(h => !names.Contains(h));
    }
}
