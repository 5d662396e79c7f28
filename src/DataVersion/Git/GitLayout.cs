namespace DataVersion.Git;

/// <summary>Where a repository's parts lie, found as Git finds them but without starting it or loading libgit2.</summary>
internal sealed record GitLayout(string WorkTree, string GitDirectory, string CommonDirectory)
{
    private const string GitFilePrefix = "gitdir:";

    /// <summary>Looks for <c>.git</c> in a directory and upwards; null where there is none.</summary>
    internal static GitLayout? Find(string directory)
    {
        for (var folder = new DirectoryInfo(Path.GetFullPath(directory)); folder is not null; folder = folder.Parent)
        {
            string dotGit = Path.Combine(folder.FullName, ".git");
            if (File.Exists(dotGit))
                return FromGitFile(folder.FullName, dotGit);
            if (TryOpen(folder.FullName, dotGit) is { } found)
                return found;
            if (TryOpen(folder.FullName, folder.FullName) is not null)
                throw new GitException($"'{folder.FullName}' is a Git directory without a work tree", "run this in a clone that has files");
        }
        return null;
    }

    // Worktrees and submodules have a file that names the directory. Git gives up where that is gone, and so do we:
    // going on would find the repository around it, which is another one.
    private static GitLayout FromGitFile(string workTree, string dotGit)
    {
        string text = File.ReadAllText(dotGit);
        if (!text.StartsWith(GitFilePrefix, StringComparison.Ordinal))
            throw new GitException($"'{dotGit}' is not a Git directory, nor a file that names one");
        string target = Path.GetFullPath(text[GitFilePrefix.Length..].Trim('\r', '\n').TrimStart(' '), workTree);
        return TryOpen(workTree, Path.TrimEndingDirectorySeparator(target))
            ?? throw new GitException($"'{dotGit}' names the Git directory '{target}', which is not there",
                "repair it with: git worktree repair (or delete the file to work without Git)");
    }

    internal static GitLayout? TryOpen(string workTree, string gitDirectory)
    {
        string head = Path.Combine(gitDirectory, "HEAD");
        if (!File.Exists(head))
            return null;
        string common = gitDirectory;
        string commonFile = Path.Combine(gitDirectory, "commondir");
        if (File.Exists(commonFile))
            common = Path.TrimEndingDirectorySeparator(Path.GetFullPath(File.ReadAllText(commonFile).Trim(), gitDirectory));
        // The same three things that Git asks for.
        bool valid = Directory.Exists(Path.Combine(common, "objects")) && Directory.Exists(Path.Combine(common, "refs")) && IsHead(head);
        return valid ? new GitLayout(workTree, gitDirectory, common) : null;
    }

    private static bool IsHead(string file)
    {
        string text = File.ReadAllText(file);
        return text.StartsWith("ref:", StringComparison.Ordinal) || GitReferences.IsObjectId(text.Trim());
    }
}
