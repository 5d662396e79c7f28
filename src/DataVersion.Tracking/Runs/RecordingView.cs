using DataVersion.Tracking.Records;
using DataVersion.Transfers;

namespace DataVersion.Tracking.Runs;

/// <summary>A view whose warnings are also recorded, secrets taken out: an auditor reads them a year later.</summary>
internal sealed class RecordingView(IRunView inner) : IRunView
{
    private const int MaxWarnings = 200;

    private readonly List<string> _early = [];
    private RunRecorder? _recorder;
    private Redactor? _redactor;

    /// <inheritdoc/>
    public ITransferMonitor Monitor => inner.Monitor;

    /// <summary>Where warnings are recorded from now on; those that came before are <see cref="Early"/>.</summary>
    public void Record(RunRecorder recorder, Redactor redactor) => (_recorder, _redactor) = (recorder, redactor);

    /// <summary>Warnings that came before there was a record.</summary>
    public IReadOnlyList<string> Early => _early;

    /// <inheritdoc/>
    public void StageBegan(string stage) => inner.StageBegan(stage);

    /// <inheritdoc/>
    public void StageEnded(string stage, TimeSpan took, string? note) => inner.StageEnded(stage, took, note);

    /// <inheritdoc/>
    public void Warn(string message)
    {
        inner.Warn(message);
        if (_recorder is not { HasRecord: true } recorder)
            _early.Add(message);
        else if (recorder.Record.Warnings.Count < MaxWarnings)
            recorder.Update(r => r with { Warnings = [.. r.Warnings, _redactor!.Clean(message)] });
    }
}
