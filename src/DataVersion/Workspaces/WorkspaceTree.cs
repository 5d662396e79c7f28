using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>The tree that a workspace's resolved files would have.</summary>
internal static class WorkspaceTree
{
    /// <summary>Computes it; nothing is stored unless <paramref name="store"/> says where.</summary>
    public static async Task<TreeEntry> ComputeAsync(
        WorkspaceNode node, HashKind kind, CancellationToken cancellationToken, Func<ObjectKey, ReadOnlyMemory<byte>, CancellationToken, Task>? store = null)
    {
        if (!node.IsDirectory)
            return node.Content!;
        if (node.Known is not null)
            return node.Known;
        var entries = new List<TreeEntry>(node.Children!.Count);
        foreach (WorkspaceNode child in node.Children)
            entries.Add(await ComputeAsync(child, kind, cancellationToken, store));
        var writer = new TreeWriter(kind, store ?? (static (_, _, _) => Task.CompletedTask));
        return TreeEditor.FolderEntry(node.Name, await writer.WriteAsync(entries, cancellationToken));
    }
}
