using System.Security.Cryptography;
using System.Text;
using DataVersion.Git;

namespace DataVersion.Tracking.Reproduction;

/// <summary>Finds the repository that has a commit: the one at hand, or the one that the record names, from which that commit alone is fetched.</summary>
/// <param name="own">The one at hand.</param>
/// <param name="host">The git program and the folder for fetched repositories.</param>
internal sealed class CommitSource(GitRepository own, RunHost host)
{
    private readonly GitProgram? _program = GitProgram.Find(host.Environment.ProgramSearchPath)?.With(GitToken.Read(host.Variables));

    /// <summary>Finds it. Nothing is fetched into the repository at hand: a single commit without its history would make that a shallow one.</summary>
    /// <param name="commit">A full id.</param>
    /// <param name="url">Where it is from; null where that is not known.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="GitException">Neither has the commit, or there is no git program.</exception>
    /// <exception cref="RemoteException">The repository that the record names cannot be reached.</exception>
    public GitRepository Find(string commit, string? url, CancellationToken cancellationToken)
    {
        if (own.ForReading().TryResolve(commit) == commit)
            return own;
        if (url is null || _program is null)
            throw new GitException($"commit {commit} is not in this Git repository", "fetch it: git fetch --all --tags");
        string folder = Path.Combine(host.TemporaryDirectory, "dv-fetched", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..16]);
        new GitFetcher(_program).Fetch(url, commit, folder, cancellationToken);
        return GitRepository.OpenBare(folder, _program);
    }
}
