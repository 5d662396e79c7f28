using DataVersion.Git;
using DataVersion.Tracking.Pins;

namespace DataVersion.Tracking.Reproduction;

/// <summary>Everything that a repetition needs, found before anything is started.</summary>
internal sealed record ReproductionPlan
{
    /// <summary>The repository that has the code's commit.</summary>
    public required GitRepository Git { get; init; }

    /// <summary>The workspace's folder below Git's work tree; empty for the work tree itself.</summary>
    public required string Place { get; init; }

    /// <summary>The uncommitted code.</summary>
    public required RecordedDiff Code { get; init; }

    /// <summary>The tracked paths that the run used, with what is used of each.</summary>
    public required IReadOnlyList<(PinnedItem Item, string Inside)> Data { get; init; }

    /// <summary>The data's revision, where that is not the code's.</summary>
    public string? Revision { get; init; }

    /// <summary>The repository to fetch that revision from, where it is not in the code's.</summary>
    public string? DataRepository { get; init; }

    /// <summary>The engine that runs the image; null to run on this machine as it is.</summary>
    public ContainerEngine? Engine { get; init; }

    /// <summary>The image's name for the engine.</summary>
    public string? Image { get; init; }

    /// <summary>True where a GPU is to be given to the container.</summary>
    public bool UsesGpu { get; init; }

    /// <summary>The program to start where the recorded one is not in the commit, such as that of a virtual environment; null for the recorded one.</summary>
    public string? Program { get; init; }
}
