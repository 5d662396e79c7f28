namespace DataVersion.Git;

/// <summary>Checks what is to be staged. LibGit2Sharp would follow links and reach into other repositories, which git refuses.</summary>
internal static class StagePaths
{
    /// <exception cref="UnsafePathException">A path is a link, a folder, or lies behind a link.</exception>
    internal static void Check(string workTree, IReadOnlyCollection<string> paths)
    {
        var goodFolders = new HashSet<string> { "" };
        foreach (string path in paths)
        {
            CheckForm(path);
            CheckFolder(workTree, path, path.LastIndexOf('/'), goodFolders);
            var file = new FileInfo(Path.Combine(workTree, path));
            if (file.LinkTarget is not null)
                throw new UnsafePathException(path, "is a symbolic link; only regular files are staged");
            if (Directory.Exists(file.FullName))
                throw new UnsafePathException(path, "is a folder; only files are staged");
        }
    }

    /// <summary>Refuses what is not a path relative to the work tree.</summary>
    internal static void CheckForm(string path)
    {
        bool bad = path.Split('/').Any(part => part is "" or "." or "..") || path.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(path);
        if (bad)
            throw new UnsafePathException(path, "is not a path relative to the Git work tree");
    }

    private static void CheckFolder(string workTree, string path, int length, HashSet<string> good)
    {
        if (length <= 0 || !good.Add(path[..length]))
            return;
        CheckFolder(workTree, path, path.LastIndexOf('/', length - 1), good);
        string folder = Path.Combine(workTree, path[..length]);
        if (new DirectoryInfo(folder).LinkTarget is not null)
            throw new UnsafePathException(path, $"lies behind the symbolic link '{path[..length]}'");
        if (Path.Exists(Path.Combine(folder, ".git")))
            throw new UnsafePathException(path, $"lies in another Git repository ('{path[..length]}')", "run the command in that repository");
    }
}
