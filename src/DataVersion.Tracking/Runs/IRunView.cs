using DataVersion.Transfers;

namespace DataVersion.Tracking.Runs;

/// <summary>Told how a run goes. Implementations never throw.</summary>
public interface IRunView
{
    /// <summary>Told of transfers and hashing.</summary>
    ITransferMonitor Monitor { get; }

    /// <summary>A stage begins. In the stage <c>child</c> the trainer writes to the terminal: progress must be off it when this returns.</summary>
    void StageBegan(string stage);

    /// <summary>A stage ended, or failed.</summary>
    void StageEnded(string stage, TimeSpan took, string? note);

    /// <summary>Something that the user should know, and that fails nothing.</summary>
    void Warn(string message);
}
