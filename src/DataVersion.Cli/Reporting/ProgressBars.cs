using Spectre.Console;
using Spectre.Console.Rendering;

namespace DataVersion.Cli.Reporting;

/// <summary>Progress on a terminal: one bar for each stage, with bytes, rate and time left.</summary>
internal static class ProgressBars
{
    // A command that is done sooner shows no bar, and does not pay for one.
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    internal static async Task RunAsync(ProgressMonitor monitor, CliHost host, CancellationToken end)
    {
        if (!await WaitAsync(Delay, host.Clock, end))
            return;
        await CreateConsole(host).Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new StageColumn(monitor))
            .StartAsync(async context =>
            {
                ProgressTask? bar = null;
                do
                {
                    monitor.FlushWarnings();
                    if (monitor.Current is not { } stage)
                        continue;
                    bar ??= context.AddTask(stage.Name, maxValue: 1);
                    bar.Description = stage.Name;
                    bar.IsIndeterminate = stage.Fraction is null;
                    bar.Value = stage.Fraction ?? 0;
                }
                while (await WaitAsync(Refresh, host.Clock, end));
            });
    }

    // Spectre believes in ANSI also where stderr is redirected, so it is told; it is used only on a terminal.
    private static IAnsiConsole CreateConsole(CliHost host) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = host.Variable("TERM") == "dumb" ? AnsiSupport.No : AnsiSupport.Yes,
        Interactive = host.Variable("TERM") == "dumb" ? InteractionSupport.No : InteractionSupport.Yes,
        ColorSystem = host.AllowsColour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(host.Error),
    });

    private static async Task<bool> WaitAsync(TimeSpan time, TimeProvider clock, CancellationToken end)
    {
        await Task.Delay(time, clock, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !end.IsCancellationRequested;
    }

    private sealed class StageColumn(ProgressMonitor monitor) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(monitor.Current?.Describe() ?? "").Overflow(Overflow.Ellipsis);
    }
}
