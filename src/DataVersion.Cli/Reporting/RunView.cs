using System.Globalization;
using DataVersion.Objects;
using DataVersion.Tracking.Runs;
using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>Shows a run: a line on stderr for each stage with its time, progress inside of the long ones, nothing while the trainer has the terminal.</summary>
internal sealed class RunView(CommandContext context) : IRunView, ITransferMonitor
{
    private const int NameWidth = 15;

    private ProgressMonitor? _progress;

    public ITransferMonitor Monitor => this;

    public void StageBegan(string stage)
    {
        if (stage != RunStages.Child)
            _progress = context.StartProgress();
    }

    public void StageEnded(string stage, TimeSpan took, string? note)
    {
        StopProgress();
        context.Reporter.Note($"dv run: {stage.PadRight(NameWidth)}{took.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture),8} s{(note is null ? "" : $"  {Printable.Text(note)}")}");
    }

    public void Warn(string message)
    {
        if (_progress is { } progress)
            progress.Warn(message);
        else
            context.Reporter.Warn(message);
    }

    public void Begin(Stage stage) => _progress?.Begin(stage);

    public void Planned(long objects, long bytes) => _progress?.Planned(objects, bytes);

    public void Started(ObjectKey key, string path, long bytes) => _progress?.Started(key, path, bytes);

    public void Advanced(ObjectKey? key, long bytes) => _progress?.Advanced(key, bytes);

    public void Finished(ObjectKey? key, ObjectOutcome outcome) => _progress?.Finished(key, outcome);

    public void Retried(string problem) => _progress?.Retried(problem);

    private void StopProgress() => Interlocked.Exchange(ref _progress, null)?.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
