namespace DataVersion.Cli.Reporting;

/// <summary>Progress where stderr is a file or a pipe: a line every ten seconds.</summary>
internal static class ProgressLines
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    internal static async Task RunAsync(ProgressMonitor monitor, ConsoleReporter reporter, TimeProvider clock, CancellationToken end)
    {
        while (true)
        {
            // Every command ends this wait: an exception for that would cost more than many a command.
            await Task.Delay(Interval, clock, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested)
                return;
            monitor.FlushWarnings();
            if (monitor.Current is { } stage)
                reporter.Note($"{stage.Name}: {stage.Describe()}".TrimEnd(' ', ':'));
        }
    }
}
