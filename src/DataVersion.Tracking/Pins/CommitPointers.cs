using System.Security.Cryptography;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Pins;

/// <summary>The pointers that a commit holds, whatever lies in the work tree.</summary>
internal sealed class CommitPointers(GitRepository git, string commit, CancellationToken cancellationToken)
{
    private const string ConfigFile = ".dv/config";

    /// <summary>The pointers of one workspace.</summary>
    /// <param name="root">The workspace's folder below Git's work tree, with '/'; empty for the work tree itself.</param>
    /// <exception cref="InvalidFormatException">A pointer is malformed.</exception>
    internal IReadOnlyList<PinnedItem> Read(string root)
    {
        IReadOnlyList<GitFile> files = Files(path =>
            WorkspacePath.IsWithin(path, root) && (path.EndsWith(Pointer.Suffix, StringComparison.Ordinal) || IsConfig(path)));
        // A workspace inside this one looks after its own.
        string[] inner = [.. files.Where(file => IsConfig(file.Path)).Select(file => RootOf(file.Path)).Where(other => other != root)];
        var items = new List<PinnedItem>();
        foreach (GitFile file in files)
        {
            if (IsConfig(file.Path) || inner.Any(other => WorkspacePath.IsWithin(file.Path, other)) || !PointerDocument.LooksLikePointer(file.Content))
                continue;
            string pointerPath = root.Length == 0 ? file.Path : file.Path[(root.Length + 1)..];
            string path = pointerPath[..^Pointer.Suffix.Length];
            if (path.Length == 0 || path.EndsWith('/'))
                continue;
            PathRules.CheckRelativePath(path);
            string hash = Convert.ToHexStringLower(SHA256.HashData(file.Content));
            items.Add(new PinnedItem(path, pointerPath, hash, PointerDocument.Parse(file.Content, pointerPath).Pointer));
        }
        return [.. items.OrderBy(item => item.Path, Utf8NameComparer.Instance)];
    }

    /// <summary>The only workspace of the commit; the work tree itself where there is none, or it is one.</summary>
    /// <param name="preferred">The one to take where there are several.</param>
    /// <exception cref="UsageException">There are several, and the preferred one is not among them.</exception>
    internal string FindRoot(string? preferred)
    {
        string[] roots = [.. Files(IsConfig).Select(file => RootOf(file.Path)).Order(StringComparer.Ordinal)];
        return preferred is not null && (roots.Length == 0 || roots.Contains(preferred)) ? preferred
            : roots.Length == 0 || roots[0].Length == 0 ? ""
            : roots.Length == 1 ? roots[0]
            : throw new UsageException($"commit {commit[..12]} has several dv repositories: {string.Join(", ", roots.Select(PathRules.Printable))}",
                "run in one of them");
    }

    /// <summary>The configuration that the commit has for a workspace; null where it has none.</summary>
    internal byte[]? ReadConfig(string root) => git.ReadAt(commit, WorkspacePath.Join(root, ConfigFile), Configuration.ConfigFile.MaxLength, cancellationToken);

    private IReadOnlyList<GitFile> Files(Func<string, bool> wanted) =>
        git.ReadFiles(new RevisionScope { Revision = commit }, wanted, Configuration.ConfigFile.MaxLength, cancellationToken);

    private static bool IsConfig(string path) => path == ConfigFile || path.EndsWith("/" + ConfigFile, StringComparison.Ordinal);

    private static string RootOf(string config) => config.Length == ConfigFile.Length ? "" : config[..^(ConfigFile.Length + 1)];
}
