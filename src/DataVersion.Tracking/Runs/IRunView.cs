using DataVersion.Transfers;

namespace DataVersion.Tracking.Runs;

/// <summary>Told how a run goes. Implementations never throw.</summary>
public interface IRunView
{
    /// <summary>Told of transfers and hashing.</summary>
    ITransferMonitor Monitor { get; }

    /// <summary>A stage begins.</summary>
    void StageBegan(string stage);

    /// <summary>A stage ended, or failed.</summary>
    void StageEnded(string stage, TimeSpan took, string? note);

    /// <summary>Something that the user should know, and that fails nothing.</summary>
    void Warn(string message);

    /// <summary>The trainer is about to write to the terminal: progress must be off it. Returns when it is.</summary>
    Task ChildBeginsAsync();
}
