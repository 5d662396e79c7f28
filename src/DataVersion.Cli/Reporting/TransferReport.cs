using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>Shows what push and fetch did, and pull's first half.</summary>
internal static class TransferReport
{
    private const long ManyRequests = 2_000;
    private const long SmallPerRequest = 128 * 1024;

    /// <param name="reporter">Where to.</param>
    /// <param name="result">What was done.</param>
    /// <param name="verb">In the past: <c>pushed</c>, <c>fetched</c>.</param>
    internal static void Write(ConsoleReporter reporter, TransferResult result, string verb)
    {
        if (result.Objects == 0 && result.Failed.Count == 0)
            reporter.Did("everything is up to date");
        else
            reporter.Did($"{verb} {Sizes.Count(result.Objects, "object")}, {Sizes.Bytes(result.Bytes)} ({Sizes.Count(result.Skipped)} skipped)");
        if (result.Shard is { } part)
            reporter.Did($"shard {part.Shard}: {Sizes.Count(part.Files, "file")}, {Sizes.Bytes(part.Bytes)} (of {Sizes.Count(part.AllFiles, "file")}, {Sizes.Bytes(part.AllBytes)})");
        if (result.Verified is { } verified)
            reporter.Did($"verified {Sizes.Count(verified, "object")} on the remote: {Damage(result)}");
        WriteCost(reporter, result.Requests, result.Retries);
    }

    private static string Damage(TransferResult result) => result switch
    {
        { Damaged: 0 } => "none damaged",
        { Failed: [] } => $"{Sizes.Count(result.Damaged)} damaged, now replaced",
        _ => $"{Sizes.Count(result.Damaged)} damaged",
    };

    /// <summary>After a push of many small objects one by one: how they would go together.</summary>
    internal static void HintAtPacks(ConsoleReporter reporter, TransferResult result)
    {
        if (result.Requests >= ManyRequests && result.Bytes / result.Requests < SmallPerRequest)
            reporter.Note($"hint: {Sizes.Count(result.Requests, "request")} for {Sizes.Bytes(result.Bytes)}; a packed remote takes small files together, with a few: dv remote upgrade --help");
    }

    /// <summary>With <c>-v</c>: what was asked of remotes.</summary>
    internal static void WriteCost(ConsoleReporter reporter, long requests, long retries)
    {
        if (reporter.Verbose && requests > 0)
            reporter.Note($"{Sizes.Count(requests, "request")} to the remote, {Sizes.Count(retries)} of them repeated");
    }

    /// <returns>The exit code.</returns>
    internal static int Finish(ConsoleReporter reporter, TransferResult result)
    {
        ShowFailures(reporter, result);
        return ExitCodes.OfFailures(result.Failed.Select(f => f.Kind), result.Objects + result.Skipped > 0);
    }

    internal static void ShowFailures(ConsoleReporter reporter, TransferResult result)
    {
        Listing.Capped(reporter, result.Failed, f => reporter.ItemFailed(f.Path ?? f.Id, f.Error, null), reporter.Note);
        // Many objects fail for one reason: what to do is said once.
        foreach (string hint in result.Failed.Select(f => f.Hint).OfType<string>().Distinct(StringComparer.Ordinal))
            reporter.Hint(hint);
    }
}
