using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>A file, link or folder that lies in the workspace, with what its bytes are once that is known.</summary>
public sealed class WorkspaceNode(string name, FileStat stat)
{
    /// <summary>Name in its folder; the last segment of the tracked path for the dataset itself.</summary>
    public string Name { get; } = name;

    /// <summary>What lstat said when it was listed, or after it was last placed.</summary>
    public FileStat Stat { get; set; } = stat;

    /// <summary>What lies in a folder, in the order of the names' UTF-8 bytes; null for anything else.</summary>
    public List<WorkspaceNode>? Children { get; private init; }

    /// <summary>What a file or link holds, once resolved; null for folders.</summary>
    public TreeEntry? Content { get; set; }

    /// <summary>True for a folder.</summary>
    public bool IsDirectory => Children is not null;

    /// <summary>
    /// The listing of one dataset as nodes.
    /// </summary>
    /// <param name="name">The dataset's own name.</param>
    /// <param name="root">Its stat; null where nothing is there.</param>
    /// <param name="listing">What is below it, sorted so that each folder's contents stand together.</param>
    public static WorkspaceNode? Build(string name, FileStat? root, IReadOnlyList<WalkedEntry> listing)
    {
        if (root is not { } stat)
            return null;
        if (stat.Type != FileType.Directory)
            return new WorkspaceNode(name, stat);
        int next = 0;
        return BuildFolder(name, stat, prefix: "", listing, ref next);
    }

    private static WorkspaceNode BuildFolder(string name, FileStat stat, string prefix, IReadOnlyList<WalkedEntry> listing, ref int next)
    {
        var children = new List<WorkspaceNode>();
        while (next < listing.Count && listing[next].Path.StartsWith(prefix, StringComparison.Ordinal))
        {
            WalkedEntry entry = listing[next];
            ReadOnlySpan<char> rest = entry.Path.AsSpan(prefix.Length);
            int slash = rest.IndexOf('/');
            if (slash >= 0)
            {
                string folder = rest[..slash].ToString();
                children.Add(BuildFolder(folder, default, string.Concat(prefix, folder, "/"), listing, ref next));
            }
            else
            {
                next++;
                children.Add(entry.Stat.Type == FileType.Directory
                    ? new WorkspaceNode(rest.ToString(), entry.Stat) { Children = [] }
                    : new WorkspaceNode(rest.ToString(), entry.Stat));
            }
        }
        return new WorkspaceNode(name, stat) { Children = children };
    }
}
