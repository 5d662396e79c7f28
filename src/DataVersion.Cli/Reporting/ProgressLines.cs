namespace DataVersion.Cli.Reporting;

/// <summary>Progress where stderr is a file or a pipe: a line every ten seconds.</summary>
internal static class ProgressLines
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    internal static async Task RunAsync(ProgressMonitor monitor, ConsoleReporter reporter, TimeProvider clock, CancellationToken end)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                monitor.FlushWarnings();
                if (monitor.Current is { } stage)
                    reporter.Note($"{stage.Name}: {stage.Describe()}".TrimEnd(' ', ':'));
            }
        }
        catch (OperationCanceledException)
        {
            // The operation has ended.
        }
    }
}
