using DataVersion.Git;
using DataVersion.Platform;

namespace DataVersion.Tracking.Reproduction;

/// <summary>A worktree of its own for one repetition, in a new folder. The user's files, index and HEAD stay as they are.</summary>
internal sealed class ReproductionWorktree
{
    private readonly GitRepository _git;
    private readonly string _folder;

    private ReproductionWorktree(GitRepository git, string folder, string path)
    {
        _git = git;
        _folder = folder;
        Path = path;
    }

    /// <summary>Its folder.</summary>
    public string Path { get; }

    /// <summary>Makes it.</summary>
    /// <param name="git">The repository that has the commit.</param>
    /// <param name="commit">A full id.</param>
    /// <param name="name">The name of its folder, for trainers that look at it.</param>
    /// <param name="temporaryDirectory">Where the new folder is made.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="GitException">Git refuses.</exception>
    public static ReproductionWorktree Make(GitRepository git, string commit, string name, string temporaryDirectory, CancellationToken cancellationToken)
    {
        string folder = System.IO.Path.Combine(temporaryDirectory, $"dv-reproduce-{Guid.NewGuid():N}"[..25]);
        try
        {
            // Its data may not be for everybody's eyes.
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(folder, e);
        }
        var worktree = new ReproductionWorktree(git, folder, System.IO.Path.Combine(folder, name));
        try
        {
            git.AddWorktree(worktree.Path, commit, cancellationToken);
        }
        catch
        {
            // A checkout that was cut off leaves a worktree that git knows of.
            _ = worktree.TryRemove();
            throw;
        }
        return worktree;
    }

    /// <summary>Removes it with all that is in it.</summary>
    /// <returns>Why it is still there; null where it is gone.</returns>
    public string? TryRemove()
    {
        string? problem = null;
        try
        {
            if (Directory.Exists(Path))
                _git.RemoveWorktree(Path);
        }
        catch (GitException e)
        {
            problem = e.Message;
        }
        try
        {
            if (Directory.Exists(_folder))
                Directory.Delete(_folder, recursive: true);
            return null;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            return problem ?? SystemErrors.From(_folder, e).Message;
        }
    }
}
