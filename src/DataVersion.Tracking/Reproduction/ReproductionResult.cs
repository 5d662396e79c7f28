using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Reproduction;

/// <summary>What became of a repetition, the better the earlier.</summary>
public enum ReproductionOutcome
{
    /// <summary>Every output has the same hash.</summary>
    Identical,

    /// <summary>Outputs differ, or there are none, and every metric agrees within the tolerance.</summary>
    Equivalent,

    /// <summary>The result is another one.</summary>
    Different,

    /// <summary>It could not be repeated, or failed where the run itself had not.</summary>
    Impossible,

    /// <summary>A signal stopped it.</summary>
    Stopped,
}

/// <summary>How the repetition of one run went.</summary>
public sealed record ReproductionResult
{
    /// <summary>The run that was repeated.</summary>
    public required RunRecord Original { get; init; }

    /// <summary>What became of it.</summary>
    public required ReproductionOutcome Outcome { get; init; }

    /// <summary>The repetition's own record; null where it did not begin.</summary>
    public RunRecord? Repetition { get; init; }

    /// <summary>The comparison; null where there was nothing to compare.</summary>
    public ReproductionVerdict? Verdict { get; init; }

    /// <summary>Why it could not be repeated.</summary>
    public IReadOnlyList<ReproductionObstacle> Obstacles { get; init; } = [];

    /// <summary>The worktree, where it was kept.</summary>
    public string? Worktree { get; init; }

    /// <summary>The signal that stopped it.</summary>
    public int? Signal { get; init; }

    /// <summary>What the program ends with: 0 identical or equivalent, 1 different, 2 could not be repeated, 128+n for a signal.</summary>
    public int ExitCode => Outcome switch
    {
        ReproductionOutcome.Identical or ReproductionOutcome.Equivalent => 0,
        ReproductionOutcome.Different => 1,
        ReproductionOutcome.Impossible => 2,
        _ => 128 + (Signal ?? 15),
    };
}
