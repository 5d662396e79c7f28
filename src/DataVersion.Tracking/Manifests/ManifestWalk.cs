using System.Runtime.CompilerServices;
using DataVersion.Objects;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Manifests;

/// <summary>
/// The files of what a pointer names, from its trees: nothing in the workspace is looked at. Held are the folders from the root down to the one that is
/// listed.
/// </summary>
public static class ManifestWalk
{
    /// <summary>The item of a pointer, then its files in the order of their trees (folder by folder, names by their UTF-8 bytes).</summary>
    /// <param name="trees">Reads and checks the trees; with a budget where they may come from a hostile remote.</param>
    /// <param name="path">The tracked path, relative to the workspace, with '/'.</param>
    /// <param name="pointer">What is tracked there.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="InvalidFormatException">A tree is malformed, or its sizes are not those that the pointer declares.</exception>
    public static async IAsyncEnumerable<ManifestEntry> ListAsync(
        TreeReader trees, string path, Pointer pointer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new ManifestItem(path, pointer.Hash, pointer.Size);
        if (!pointer.IsDirectory)
        {
            yield return new ManifestFile(path, pointer.Hash, pointer.Size) { Executable = pointer.Executable };
            yield break;
        }
        var open = new Stack<Folder>();
        open.Push(new Folder(path, "", await trees.ReadAsync(pointer.Hash, new Declared(pointer.Size, pointer.Files), "", cancellationToken)));
        while (open.TryPeek(out Folder? folder))
        {
            if (folder.Next == folder.Entries.Count)
            {
                open.Pop();
                continue;
            }
            TreeEntry entry = folder.Entries[folder.Next++];
            string full = $"{folder.Path}/{entry.Name}";
            if (!entry.IsDirectory)
            {
                yield return new ManifestFile(full, entry.Id, entry.Size)
                {
                    Executable = entry.Kind == TreeEntryKind.Executable,
                    Link = entry.Kind == TreeEntryKind.Link,
                };
                continue;
            }
            string below = folder.Below.Length == 0 ? entry.Name : $"{folder.Below}/{entry.Name}";
            open.Push(new Folder(full, below, await trees.ReadAsync(entry.Id, new Declared(entry.Size, entry.Files), below, cancellationToken)));
        }
    }

    /// <summary>A folder that is being walked: at <paramref name="Path"/> in the workspace, at <paramref name="Below"/> in the dataset.</summary>
    private sealed record Folder(string Path, string Below, IReadOnlyList<TreeEntry> Entries)
    {
        public int Next { get; set; }
    }
}
