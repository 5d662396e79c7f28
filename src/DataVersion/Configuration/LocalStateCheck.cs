using DataVersion.Platform;

namespace DataVersion.Configuration;

/// <summary>
/// Refuses state that a repository could have brought along: a clone that contains somebody's <c>config.local</c>, cache or index, or a link
/// in their place, would be believed as if this user had made it (docs/security.md, "Untrusted configuration").
/// </summary>
public static class LocalStateCheck
{
    /// <summary>Checks what exists of the given paths; all absolute.</summary>
    /// <param name="committed">Part of the repository, so Git may track them, but no links: <c>.dv</c> and <c>.dv/config</c>.</param>
    /// <param name="own">
    /// This user's: state folder, <c>config.local</c>, index, base, runs, and the cache where it is not configured elsewhere. Neither links nor tracked.
    /// </param>
    /// <param name="isTracked">Whether Git's index has a path or something below it; asked only for what exists.</param>
    /// <exception cref="UnsafePathException">Names the path and the way out.</exception>
    public static void Check(IEnumerable<string> committed, IEnumerable<string> own, Func<string, bool> isTracked)
    {
        foreach (string path in committed)
            RefuseLink(path);
        foreach (string path in own)
        {
            if (RefuseLink(path) && isTracked(path))
                throw new UnsafePathException(path, "is tracked by Git, but must be this clone's alone", $"untrack it with: git rm -r --cached '{path}'");
        }
    }

    /// <summary>True where there is something.</summary>
    private static bool RefuseLink(string path)
    {
        FileStat? stat = FileStat.TryGet(path);
        if (stat?.Type == FileType.SymbolicLink)
        {
            throw new UnsafePathException(
                path,
                "is a symbolic link, which dv does not follow here",
                "replace it with a real file or folder; set cache.dir with --local to keep the cache elsewhere");
        }
        return stat is not null;
    }
}
