using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DataVersion.Cli.Reporting;

/// <summary>Progress on a terminal: one bar for the stage, with bytes, rate, time left and retries, and one for each large object under way.</summary>
internal static class ProgressBars
{
    // A command that is done sooner shows no bar, and does not pay for one.
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);
    // More would scroll away on a small terminal.
    private const int MostLarge = 8;
    private const int MostPath = 30;
    // A task that is complete is hidden; the stage's and an object's bar go when they are over.
    private const double AlmostDone = 0.9999;

    internal static async Task RunAsync(ProgressMonitor monitor, CliHost host, CancellationToken end)
    {
        if (!await WaitAsync(Delay, host.Clock, end))
            return;
        var shown = new ConcurrentDictionary<int, LargeObject>();
        await CreateConsole(host).Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new StageColumn(monitor, shown))
            .StartAsync(async context =>
            {
                ProgressTask? bar = null;
                var large = new Dictionary<LargeObject, ProgressTask>();
                do
                {
                    monitor.FlushWarnings();
                    if (monitor.Current is not { } stage)
                        continue;
                    bar ??= context.AddTask(stage.Name, maxValue: 1);
                    bar.Description = stage.Name;
                    bar.IsIndeterminate = stage.Fraction is null;
                    bar.Value = Math.Min(stage.Fraction ?? 0, AlmostDone);
                    ShowLarge(context, large, shown, monitor.Large);
                }
                while (await WaitAsync(Refresh, host.Clock, end));
            });
    }

    private static void ShowLarge(
        ProgressContext context, Dictionary<LargeObject, ProgressTask> bars, ConcurrentDictionary<int, LargeObject> shown, IReadOnlyList<LargeObject> underWay)
    {
        foreach ((LargeObject ended, ProgressTask bar) in bars.Where(b => !underWay.Contains(b.Key)).ToList())
        {
            // Complete tasks are hidden.
            bar.Value = bar.MaxValue;
            bars.Remove(ended);
            shown.TryRemove(bar.Id, out _);
        }
        foreach (LargeObject one in underWay.Take(MostLarge))
        {
            if (!bars.TryGetValue(one, out ProgressTask? bar))
            {
                bars.Add(one, bar = context.AddTask($"  {Markup.Escape(Shorten(Printable.Text(one.Path)))}", maxValue: 1));
                shown[bar.Id] = one;
            }
            bar.Value = Math.Min(one.Fraction, AlmostDone);
        }
    }

    // The end of a path says more than its beginning.
    private static string Shorten(string path) => path.Length <= MostPath ? path : $"…{path[^(MostPath - 1)..]}";

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

    private sealed class StageColumn(ProgressMonitor monitor, ConcurrentDictionary<int, LargeObject> shown) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text((shown.TryGetValue(task.Id, out LargeObject? large) ? large.Describe() : monitor.Current?.Describe()) ?? "").Overflow(Overflow.Ellipsis);
    }
}
