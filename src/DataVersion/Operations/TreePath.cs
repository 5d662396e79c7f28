using DataVersion.Objects;

namespace DataVersion.Operations;

/// <summary>Finds what a path inside a tracked folder leads to, following symbolic links as an open file would, and never out of the folder.</summary>
/// <param name="trees">Reads the folders.</param>
/// <param name="readTarget">Reads where a link points to.</param>
internal sealed class TreePath(TreeReader trees, Func<TreeEntry, CancellationToken, Task<string>> readTarget)
{
    // As Linux has it.
    private const int MaxLinks = 40;

    /// <summary>What lies there, and its path without links; null where nothing does.</summary>
    /// <exception cref="UnsafePathException">A link leads out of the folder, or round in a circle.</exception>
    public async Task<(string Path, TreeEntry Entry)?> FindAsync(TreeEntry root, string path, CancellationToken cancellationToken)
    {
        var around = new Stack<TreeEntry>([root]);
        var rest = new Stack<string>(path.Split('/').Reverse());
        int links = 0;
        while (rest.TryPop(out string? name))
        {
            if (name is "" or ".")
                continue;
            if (name == "..")
            {
                around.Pop();
                if (around.Count == 0)
                    throw new UnsafePathException(PathRules.Printable(path), "a symbolic link leads out of the tracked folder");
                continue;
            }
            TreeEntry folder = around.Peek();
            if (!folder.IsDirectory)
                return null;
            IReadOnlyList<TreeEntry> entries = await trees.ReadAsync(folder.Id, new Declared(folder.Size, folder.Files), PathOf(around), cancellationToken);
            if (TreeReader.Find(entries, name) is not { } entry)
                return null;
            if (entry.Kind != TreeEntryKind.Link)
            {
                around.Push(entry);
                continue;
            }
            if (++links > MaxLinks)
                throw new UnsafePathException(PathRules.Printable(path), "too many symbolic links, or a circle of them");
            string target = await readTarget(entry, cancellationToken);
            if (target.StartsWith('/'))
                throw new UnsafePathException(PathRules.Printable(path), "a symbolic link leads out of the tracked folder");
            foreach (string segment in target.Split('/').Reverse())
                rest.Push(segment);
        }
        return (PathOf(around), around.Peek());
    }

    private static string PathOf(Stack<TreeEntry> around) => string.Join('/', around.Reverse().Skip(1).Select(e => e.Name));
}
