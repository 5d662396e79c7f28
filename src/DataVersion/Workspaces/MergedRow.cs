using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>One name as seen from three sides; at least one is set.</summary>
/// <param name="Name">The name.</param>
/// <param name="Target">What the pointer's tree says.</param>
/// <param name="Base">What was last placed or added.</param>
/// <param name="Here">What lies in the workspace.</param>
internal readonly record struct MergedRow(string Name, TreeEntry? Target, TreeEntry? Base, WorkspaceNode? Here)
{
    /// <summary>True where all that is set is a folder.</summary>
    public bool IsFolder => Target?.IsDirectory != false && Base?.IsDirectory != false && Here?.IsDirectory != false;

    /// <summary>
    /// The names of one folder, in order: three sorted lists walked side by side. A side that is no folder (or absent) contributes nothing.
    /// </summary>
    public static async Task<IReadOnlyList<MergedRow>> ReadAsync(
        TreeReader trees, TreeEntry? target, TreeEntry? baseEntry, WorkspaceNode? here, string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<TreeEntry> targets = await ListAsync(trees, target, path, cancellationToken);
        // The common case, an unchanged folder, reads its tree once.
        IReadOnlyList<TreeEntry> bases = baseEntry is not null && target is not null && baseEntry.SameAs(target)
            ? targets
            : await ListAsync(trees, baseEntry, path, cancellationToken);
        List<WorkspaceNode> nodes = here?.Children ?? [];
        var rows = new List<MergedRow>(Math.Max(targets.Count, nodes.Count));
        int t = 0, b = 0, n = 0;
        while (t < targets.Count || b < bases.Count || n < nodes.Count)
        {
            string name = Least(t < targets.Count ? targets[t].Name : null, Least(b < bases.Count ? bases[b].Name : null, n < nodes.Count ? nodes[n].Name : null))!;
            rows.Add(new MergedRow(
                name,
                t < targets.Count && targets[t].Name == name ? targets[t++] : null,
                b < bases.Count && bases[b].Name == name ? bases[b++] : null,
                n < nodes.Count && nodes[n].Name == name ? nodes[n++] : null));
        }
        return rows;
    }

    private static async Task<IReadOnlyList<TreeEntry>> ListAsync(TreeReader trees, TreeEntry? entry, string path, CancellationToken cancellationToken) =>
        entry is { IsDirectory: true } ? await trees.ReadAsync(entry.Id, new Declared(entry.Size, entry.Files), path, cancellationToken) : [];

    private static string? Least(string? a, string? b) =>
        a is null ? b : b is null || Utf8NameComparer.Instance.Compare(a, b) <= 0 ? a : b;
}
