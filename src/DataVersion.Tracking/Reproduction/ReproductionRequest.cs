using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Reproduction;

/// <summary>What <c>dv reproduce</c> is asked for: one run to repeat.</summary>
public sealed record ReproductionRequest
{
    /// <summary>Metrics that differ by less than this, relative to the larger one, agree.</summary>
    public const double DefaultTolerance = 1e-6;

    /// <summary>The run to repeat.</summary>
    public required RunRecord Original { get; init; }

    /// <summary>Reads a document that lies beside the record (<see cref="DocumentNames"/>), of at most so many bytes; null where there is none.</summary>
    public required Func<string, int, CancellationToken, Task<byte[]?>> ReadDocument { get; init; }

    /// <summary>Leave the worktree.</summary>
    public bool Keep { get; init; }

    /// <summary>Run on this machine also what ran in an image or on a GPU; what differs is listed.</summary>
    public bool OnHost { get; init; }

    /// <summary>The relative tolerance of metrics; 0 for none.</summary>
    public double Tolerance { get; init; } = DefaultTolerance;

    /// <summary>NAME=VALUE: parameters that are not to be as they were.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];
}

/// <summary>Why a run cannot be repeated.</summary>
/// <param name="Problem">What is wrong, in one line.</param>
/// <param name="Remedy">What to do about it; null where nothing can be done.</param>
public sealed record ReproductionObstacle(string Problem, string? Remedy = null);
