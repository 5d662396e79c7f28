namespace DataVersion.Tracking.History;

/// <summary>What kind of thing differs between two runs.</summary>
public enum DifferenceKind
{
    /// <summary>Commit, branch, uncommitted changes.</summary>
    Code,

    /// <summary>The data, by path.</summary>
    Data,

    /// <summary>The command, parameters and seeds.</summary>
    Params,

    /// <summary>Image, machine, packages, GPU.</summary>
    Environment,

    /// <summary>Last values of metrics.</summary>
    Metrics,

    /// <summary>What was left behind, by path.</summary>
    Outputs,
}

/// <summary>One thing that differs.</summary>
/// <param name="Kind">Of what kind.</param>
/// <param name="Name">A path, a parameter, a package …</param>
/// <param name="Left">In the first run; null where it is not there.</param>
/// <param name="Right">In the second run; null where it is not there.</param>
public sealed record RecordDifference(DifferenceKind Kind, string Name, string? Left, string? Right);
