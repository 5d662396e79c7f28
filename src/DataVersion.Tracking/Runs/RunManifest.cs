using System.Runtime.CompilerServices;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Tracking.Manifests;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Runs;

/// <summary>The files of a run's data, in the order of manifests.</summary>
internal static class RunManifest
{
    /// <exception cref="ObjectMissingException">A tree is not in the cache.</exception>
    public static async IAsyncEnumerable<ManifestEntry> ListAsync(
        Repository repository, IReadOnlyList<RunInput> inputs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var placed = new PlacedTrees(repository);
        foreach (RunInput input in inputs.DistinctBy(i => i.Shown).OrderBy(i => i.Shown.Split('/'), Comparer<string[]>.Create(CompareNames)))
        {
            TreeReader trees = placed.Of(input.Item.Path, input.Item.Pointer.Hash.Kind);
            Pointer pointer = input.Inside.Length == 0 ? input.Item.Pointer : await FindAsync(trees, input, cancellationToken);
            await foreach (ManifestEntry entry in ManifestWalk.ListAsync(trees, input.Shown, pointer, cancellationToken))
                yield return entry;
        }
    }

    private static async Task<Pointer> FindAsync(TreeReader trees, RunInput input, CancellationToken cancellationToken)
    {
        TreeEntry entry = await trees.FindAsync(input.Item.Pointer.Hash, input.Inside, cancellationToken)
            ?? throw new UsageException($"'{input.Item.Path}' holds no '{PathRules.Printable(input.Inside)}'");
        return new Pointer { IsDirectory = entry.IsDirectory, Hash = entry.Id, Size = entry.Size ?? 0, Files = entry.IsDirectory ? entry.Files : null, Executable = entry.Kind == TreeEntryKind.Executable };
    }

    // Name by name, as trees are walked: 'd/x' comes before 'd-1', though '-' sorts before '/'.
    private static int CompareNames(string[] a, string[] b)
    {
        for (int i = 0; i < a.Length && i < b.Length; i++)
        {
            if (Utf8NameComparer.Instance.Compare(a[i], b[i]) is var order and not 0)
                return order;
        }
        return a.Length.CompareTo(b.Length);
    }
}
