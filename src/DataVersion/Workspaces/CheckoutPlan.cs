using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>What is to happen to one path, and what came of it.</summary>
internal sealed class PlanNode(string path, MergedRow row)
{
    /// <summary>Relative to the workspace.</summary>
    public string Path { get; } = path;

    /// <summary>The three sides.</summary>
    public MergedRow Row { get; set; } = row;

    /// <summary>What lies below a folder.</summary>
    public List<PlanNode>? Children { get; set; }

    /// <summary>
    /// What is known to be in the workspace afterwards: set when the plan is made for what stays as it is, and by the execution for what it placed.
    /// </summary>
    public TreeEntry? Placed { get; set; }
}

/// <summary>
/// What a checkout does: first the deletions (files, then folders, deepest first), then the folders, then the files, links last.
/// </summary>
internal sealed class CheckoutPlan
{
    /// <summary>The whole.</summary>
    public required PlanNode Root { get; set; }

    /// <summary>Files and links to place; <see cref="PlanNode.Row"/> says what is in the way.</summary>
    public List<PlanNode> Place { get; } = [];

    /// <summary>Files and links to delete.</summary>
    public List<PlanNode> Delete { get; } = [];

    /// <summary>Folders to remove once they are empty, parents before children.</summary>
    public List<PlanNode> RemoveFolders { get; } = [];

    /// <summary>Folders to create, parents before children.</summary>
    public List<PlanNode> CreateFolders { get; } = [];

    /// <summary>What is left as it is, and why.</summary>
    public List<(PlanNode Node, DataVersionException Error)> Refused { get; } = [];
}
