using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>How a run ended, as it becomes known: the first reason counts.</summary>
internal sealed class RunEnd(RunHost host, StopSignals stops)
{
    private const int FirstOwnCode = 64, LastOwnCode = 78;

    /// <summary>What the program ends with.</summary>
    public int ExitCode { get; private set; }

    /// <summary>The stage for the record.</summary>
    public string Stage { get; private set; } = RunStates.Complete;

    /// <summary>What went wrong, in one line; null where nothing did.</summary>
    public string? Error { get; private set; }

    /// <summary>What the trainer ended with.</summary>
    public int? ChildExitCode { get; private set; }

    /// <summary>The signal that stopped the run or killed the trainer.</summary>
    public int? Signal { get; private set; }

    /// <summary>True where the trainer ended well, and nothing else went wrong.</summary>
    public bool IsGood => Stage == RunStates.Complete;

    /// <summary>The trainer has ended.</summary>
    public void TakeChild(SupervisedExit child, bool remaps)
    {
        if (child.Start != StartOutcome.Started)
        {
            ExitCode = child.Exit.ShellCode;
            Set($"{RunStates.FailedPrefix}{RunStages.Child}", child.Problem);
            return;
        }
        int code = child.Exit.ShellCode;
        ChildExitCode = code;
        if (child.StoppedBy is { } stop)
        {
            stops.Note(stop);
            Signal = stop.Number();
            // A trainer that saved its work and ended with 0 was stopped all the same: whoever sent the signal reads its own code.
            ExitCode = Remapped(code, remaps);
            Set(RunStates.Killed, $"stopped by signal {Signal}{(child.Killed ? ", and killed at the end of the grace" : "")}");
            return;
        }
        Signal = child.Exit.Signal;
        ExitCode = Remapped(code, remaps);
        if (child.Exit.Signal is { } signal)
            Set($"{RunStates.FailedPrefix}{RunStages.Child}", $"the trainer was killed by signal {signal}{(signal == 9 ? " (out of memory?)" : "")}");
        else if (code != 0)
            Set($"{RunStates.FailedPrefix}{RunStages.Child}", $"the trainer ended with {code}");
    }

    /// <summary>A signal came while no trainer ran.</summary>
    public void Stop()
    {
        if (!IsGood)
            return;
        Signal = stops.First?.Number();
        ExitCode = 128 + (Signal ?? 15);
        Set(RunStates.Killed, $"stopped by signal {Signal}");
    }

    /// <summary>A stage of ours failed.</summary>
    public void Fail(Exception error, string stage, Redactor redactor)
    {
        // A trainer that failed before is what the user has to know; its code stays.
        if (!IsGood)
            return;
        ExitCode = RunExitCodes.Of(error, stage);
        Set($"{RunStates.FailedPrefix}{stage}", redactor.Clean(error.Message));
    }

    /// <summary>Tells Kubernetes why.</summary>
    public void WriteTerminationLog()
    {
        if (!IsGood)
            TerminationLog.Write(host.TerminationLog, $"dv run: {Stage}: {Error} (exit {ExitCode})\n");
    }

    /// <summary>The record with how the run ended.</summary>
    public RunRecord Describe(RunRecord record, IReadOnlyList<StageFacts> stages, DateTimeOffset now) => record with
    {
        Stage = Stage,
        FinishedOn = now,
        RefreshedOn = now,
        ExitCode = ExitCode,
        ChildExitCode = ChildExitCode,
        Signal = Signal,
        Error = Error,
        Stages = stages,
    };

    private static int Remapped(int code, bool remaps) => remaps && code is >= FirstOwnCode and <= LastOwnCode ? 1 : code;

    private void Set(string stage, string? error) => (Stage, Error) = (stage, error);
}
