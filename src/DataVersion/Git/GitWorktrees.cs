namespace DataVersion.Git;

/// <summary>Worktrees beside the user's own, made by the git program (libgit2 checks nothing out without running the repository's filters itself).</summary>
internal static class GitWorktrees
{
    // Hooks of the repository have no business in a worktree that a command makes for itself.
    private static readonly string[] Quiet = ["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false"];

    public static void Add(ProgramBackend git, string folder, string commit, CancellationToken cancellation)
    {
        GitResult result = git.Run([.. Quiet, "worktree", "add", "--quiet", "--detach", folder, commit], default, cancellation);
        if (result.ExitCode != 0)
            throw git.Failure("worktree add", result);
    }

    // Twice, because one that git was stopped at making is locked.
    public static void Remove(ProgramBackend git, string folder)
    {
        GitResult result = git.Run(["worktree", "remove", "--force", "--force", folder], default, CancellationToken.None);
        if (result.ExitCode != 0)
            throw git.Failure("worktree remove", result);
    }

    // Lines "ADDED\tDELETED\tPATH", with "-" for the numbers of a binary file.
    public static IReadOnlyList<string>? TryListDiff(ProgramBackend git, ReadOnlyMemory<byte> diff, CancellationToken cancellation)
    {
        GitResult result = git.Run(["apply", "--numstat", "-z", "-"], diff, cancellation);
        if (result.ExitCode != 0)
            return null;
        string[][] lines = [.. ProgramBackend.SplitZero(result.Output).Select(line => line.Split('\t', 3))];
        return lines.All(line => line.Length == 3 && line[0] != "-") ? [.. lines.Select(line => line[2])] : null;
    }

    public static void ApplyDiff(ProgramBackend git, ReadOnlyMemory<byte> diff, CancellationToken cancellation)
    {
        GitResult result = git.Run(["apply", "--whitespace=nowarn", "-"], diff, cancellation);
        if (result.ExitCode != 0)
            throw git.Failure("apply", result);
    }
}
