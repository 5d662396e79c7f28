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

    public static void Remove(ProgramBackend git, string folder)
    {
        GitResult result = git.Run(["worktree", "remove", "--force", folder], default, CancellationToken.None);
        if (result.ExitCode != 0)
            throw git.Failure("worktree remove", result);
    }
}
