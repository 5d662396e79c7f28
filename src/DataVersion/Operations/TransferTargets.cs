using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>What is to be transferred with one remote.</summary>
internal sealed record RemoteWork(RemoteSettings Remote, IReadOnlyList<WantedRoot> Roots);

/// <summary>Turns a transfer's paths and revisions into roots, grouped by the remote that each belongs to. Shared by push, fetch, pull and status.</summary>
internal sealed class TransferTargets(Repository repository, ITransferMonitor monitor)
{
    /// <summary>The work, per remote.</summary>
    /// <exception cref="UsageException">A path is not tracked, a revision unknown, or no remote is configured.</exception>
    public IReadOnlyList<RemoteWork> Resolve(
        IReadOnlyList<string> paths, string workingDirectory, string? remote, RevisionScope? revisions, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Scan);
        IReadOnlyList<(WantedRoot Root, string? Remote)> wanted = revisions is null
            ? FromWorkspace(paths, workingDirectory, cancellationToken)
            : FromHistory(paths, workingDirectory, revisions, cancellationToken);
        // Nothing tracked is no reason to keep quiet about a remote that is missing.
        RemoteSettings standard = repository.Settings.RequireRemote(remote);
        return [.. wanted
            .GroupBy(w => remote ?? w.Remote ?? standard.Name)
            .Select(g => new RemoteWork(repository.Settings.RequireRemote(g.Key), [.. g.Select(w => w.Root).Distinct()]))];
    }

    private IReadOnlyList<(WantedRoot Root, string? Remote)> FromWorkspace(IReadOnlyList<string> paths, string workingDirectory, CancellationToken cancellationToken)
    {
        TrackedOutputs tracked = repository.LoadOutputs(cancellationToken);
        return [.. tracked.Resolve(repository.Layout.Root, workingDirectory, paths)
            .Select(t => (new WantedRoot(t.Output.Pointer.ToRoot(t.Output.Path), t.Inside), t.Output.Pointer.Remote))];
    }

    private List<(WantedRoot Root, string? Remote)> FromHistory(
        IReadOnlyList<string> paths, string workingDirectory, RevisionScope revisions, CancellationToken cancellationToken)
    {
        GitRepository git = repository.Layout.Git ?? throw new UsageException("revisions need a Git repository, and there is none here");
        List<string> asked = [.. paths.Select(p => WorkspacePath.Relative(repository.Layout.Root, workingDirectory, p))];
        var wanted = new List<(WantedRoot, string?)>();
        foreach (GitFile file in git.ReadFiles(revisions, p => p.EndsWith(Pointer.Suffix, StringComparison.Ordinal), Pointer.MaxBytes, cancellationToken))
        {
            if (repository.FromGitPath(file.Path) is not { } pointerPath || !PointerDocument.LooksLikePointer(file.Content))
                continue;
            string path = pointerPath[..^Pointer.Suffix.Length];
            IReadOnlyList<string> parts = PartsOf(path, pointerPath, asked);
            if (parts.Count > 0 && TryParse(file, pointerPath) is { } pointer)
                wanted.AddRange(parts.Select(inside => (new WantedRoot(pointer.ToRoot(path), inside), pointer.Remote)));
        }
        if (wanted.Count == 0 && paths.Count > 0)
            throw new UsageException($"'{PathRules.Printable(paths[0])}' is not tracked by dv in these revisions");
        return wanted;
    }

    // What of a tracked path was asked for: all of it (""), some paths inside it, or nothing.
    private static IReadOnlyList<string> PartsOf(string path, string pointerPath, List<string> asked) =>
        asked.Count == 0 || asked.Any(a => a == pointerPath || WorkspacePath.IsWithin(path, a))
            ? [""]
            : [.. asked.Where(a => WorkspacePath.IsWithin(a, path)).Select(a => a[(path.Length + 1)..])];

    private Pointer? TryParse(GitFile file, string pointerPath)
    {
        try
        {
            return PointerDocument.Parse(file.Content, pointerPath).Pointer;
        }
        catch (DataVersionException e)
        {
            // One bad commit must not keep all others from being saved.
            monitor.Warn($"commit {file.Commit[..Math.Min(8, file.Commit.Length)]}: {e.Message}; left out");
            return null;
        }
    }
}
