namespace DataVersion.Cli.Reporting;

/// <summary>Lists that stay readable when there is a million of something.</summary>
internal static class Listing
{
    internal const int Most = 20;

    /// <summary>Writes up to <see cref="Most"/> items, or all with <c>-v</c>, and how many more there are.</summary>
    internal static void Capped<T>(ConsoleReporter reporter, IReadOnlyCollection<T> items, Action<T> write, Action<string> writeRest)
    {
        int shown = reporter.Verbose ? items.Count : Math.Min(items.Count, Most);
        foreach (T item in items.Take(shown))
            write(item);
        if (shown < items.Count)
            writeRest($"  … and {Sizes.Count(items.Count - shown)} more (-v shows all)");
    }
}
