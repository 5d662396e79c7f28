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
    public List<WorkspaceNode>? Children { get; init; }

    /// <summary>What a file or link holds, once resolved; null for folders.</summary>
    public TreeEntry? Content { get; set; }

    /// <summary>True for a folder.</summary>
    public bool IsDirectory => Children is not null;

    /// <summary>The digest of all that is listed in and below a folder, once <see cref="KnownFolders"/> has looked.</summary>
    internal UInt128 Listing { get; set; }

    /// <summary>The tree that a folder is remembered to hold, as long as nobody had to look inside: then nothing below it is resolved.</summary>
    internal TreeEntry? Known { get; set; }

    /// <summary>True for a file or link whose stat proves that it still holds <see cref="Content"/>.</summary>
    internal bool IsVouched { get; set; }
}
