using System.Runtime.CompilerServices;
using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>Walks through the files of roots, folder by folder.</summary>
internal static class RootWalk
{
    /// <summary>The roots by their paths, without what another of them covers: whatever order they were asked for in, the files come in this one.</summary>
    public static IReadOnlyList<WantedRoot> InOrder(IReadOnlyList<WantedRoot> roots) =>
    [
        .. roots.GroupBy(r => r.Root.Path).OrderBy(g => g.Key, StringComparer.Ordinal)
            .SelectMany(g => g.DistinctBy(r => r.Inside).Where(r => !g.Any(o => Covers(o.Inside, r.Inside))).OrderBy(r => r.Inside, StringComparer.Ordinal)),
    ];

    private static bool Covers(string folder, string path) =>
        path.Length > folder.Length && (folder.Length == 0 || (path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal)));

    /// <summary>Every file and link, by its tracked path and the path below it; folders are read one at a time.</summary>
    /// <param name="trees">Makes a reader for one walk through a root.</param>
    /// <param name="roots">What is listed, in this order.</param>
    /// <param name="cancellationToken">Stops between folders.</param>
    /// <exception cref="UsageException">A root has no such path inside.</exception>
    public static async IAsyncEnumerable<(string Path, TreeEntry File)> ListAsync(
        Func<TreeReader> trees, IReadOnlyList<WantedRoot> roots, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach ((RootKey root, string inside) in roots)
        {
            // One for each: what a walk may cost is counted by dataset.
            TreeReader reader = trees();
            var entry = new TreeEntry
            {
                Kind = root.Key.Kind == ObjectKind.Tree ? TreeEntryKind.Directory : TreeEntryKind.File,
                Name = root.Path,
                Id = root.Key.Id,
                Size = root.Size,
                BlocksId = root.Blocks ?? default,
            };
            var start = new Found(root.Path, "", entry, new Declared(root.Size, root.Files));
            if (inside.Length > 0)
            {
                TreeEntry part = (entry.IsDirectory ? await reader.FindAsync(entry.Id, inside, cancellationToken) : null)
                    ?? throw new UsageException($"'{root.Path}' holds no '{PathRules.Printable(inside)}'");
                start = new Found($"{root.Path}/{inside}", inside, part, new Declared(part.Size, part.Files));
            }
            await foreach ((string path, TreeEntry file) in WalkAsync(reader, start, cancellationToken))
                yield return (path, file);
        }
    }

    private static async IAsyncEnumerable<(string Path, TreeEntry File)> WalkAsync(
        TreeReader trees, Found start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = new Stack<Found>([start]);
        while (open.TryPop(out Found at))
        {
            if (!at.Entry.IsDirectory)
            {
                yield return (at.Path, at.Entry);
                continue;
            }
            IReadOnlyList<TreeEntry> entries = await trees.ReadAsync(at.Entry.Id, at.Declared, at.Inside, cancellationToken);
            for (int i = entries.Count - 1; i >= 0; i--)
            {
                TreeEntry entry = entries[i];
                string inside = at.Inside.Length == 0 ? entry.Name : $"{at.Inside}/{entry.Name}";
                open.Push(new Found($"{at.Path}/{entry.Name}", inside, entry, new Declared(entry.Size, entry.Files)));
            }
        }
    }

    private readonly record struct Found(string Path, string Inside, TreeEntry Entry, Declared Declared);
}
