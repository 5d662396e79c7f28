namespace DataVersion.Git;

/// <summary>
/// Content filters (Git LFS, git-crypt) are programs: git runs them when it stages a file, libgit2 silently does not, and would store the
/// plain bytes. Where any attribute file that applies speaks of a filter, staging goes through git.
/// </summary>
internal static class GitFilters
{
    internal static bool MayApply(GitLayout layout, IEnumerable<string> paths)
    {
        var folders = new HashSet<string> { "" };
        foreach (string path in paths)
        {
            for (int end = path.LastIndexOf('/'); end > 0 && folders.Add(path[..end]); end = path.LastIndexOf('/', end - 1))
            {
            }
        }
        return folders.Select(folder => Path.Combine(layout.WorkTree, folder, ".gitattributes"))
            .Append(Path.Combine(layout.CommonDirectory, "info", "attributes"))
            .Any(SpeaksOfFilter);
    }

    private static bool SpeaksOfFilter(string file) =>
        File.Exists(file) && File.ReadLines(file).Any(line => !line.StartsWith('#') && line.Contains("filter=", StringComparison.Ordinal));
}
