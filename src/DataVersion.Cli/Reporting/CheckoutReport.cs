using DataVersion.Operations;

namespace DataVersion.Cli.Reporting;

/// <summary>Shows what checkout did, and pull's second half.</summary>
internal static class CheckoutReport
{
    internal static void Write(ConsoleReporter reporter, CheckoutResult result, bool summary)
    {
        bool nothing = result.Added + result.Modified + result.Deleted == 0;
        if (!nothing)
            reporter.Did($"{Sizes.Count(result.Added)} added, {Sizes.Count(result.Modified)} modified, {Sizes.Count(result.Deleted)} deleted");
        else if (result.Refused.Count == 0)
            reporter.Did("the workspace is up to date");
        if (summary || result.Orphaned.Count == 0)
            return;
        reporter.Did("orphaned: no pointer names them any more; they stay, since they are modified or not cached");
        Listing.Capped(reporter, result.Orphaned, path => reporter.Did($"  {reporter.Path(path)}"), reporter.Did);
    }

    /// <returns>The exit code.</returns>
    internal static int Finish(ConsoleReporter reporter, CheckoutResult result)
    {
        ShowRefused(reporter, result);
        return ExitCodes.OfFailures(result.Refused.Select(f => f.Kind), result.Added + result.Modified + result.Deleted > 0);
    }

    internal static void ShowRefused(ConsoleReporter reporter, CheckoutResult result) =>
        Listing.Capped(reporter, result.Refused, f => reporter.ItemFailed(f.Path, f.Error, f.Hint), reporter.Note);
}
