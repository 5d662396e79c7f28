using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Says how the workspace differs from what the pointers name. Reads no file whose stat the index vouches for; changes nothing.</summary>
public sealed class Status(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command.</summary>
    public async Task<StatusResult> RunAsync(StatusRequest request, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Scan);
        TrackedOutputs tracked = repository.LoadOutputs(cancellationToken);
        IReadOnlyDictionary<string, BaseEntry> bases = repository.Base.Load();
        var entries = new List<StatusEntry>();
        IReadOnlyList<Target> targets = Targets(request, tracked, entries);
        CacheCensus? census = null;
        foreach (Target target in targets)
        {
            census ??= new CacheCensus(repository.Cache, repository.Folders.Seed);
            var scan = new DatasetStatus(repository, monitor, census, target, bases.GetValueOrDefault(target.Output.Path));
            entries.AddRange(await scan.RunAsync(cancellationToken));
        }
        entries.AddRange(Orphans(request, tracked, bases));
        if (request.CheckRemote)
            entries.AddRange(await new RemotePresence(repository, monitor).FindMissingAsync(request.Remote, targets, cancellationToken));
        repository.SaveIndexQuietly(cancellationToken);
        return new StatusResult(entries.Count == 0, [.. entries.OrderBy(e => e.Path, StringComparer.Ordinal).ThenBy(e => e.State)]);
    }

    // A conflict is a state to show, not an error; what is asked for by name and not tracked is an error.
    private IReadOnlyList<Target> Targets(StatusRequest request, TrackedOutputs tracked, List<StatusEntry> entries)
    {
        entries.AddRange(tracked.Conflicts.Select(c => new StatusEntry(c.File[..^Pointer.Suffix.Length], PathState.Conflict)));
        List<string> wanted = [.. request.Paths.Where(p => !IsConflicted(p))];
        return wanted.Count == 0 && request.Paths.Count > 0 ? [] : ResolveKnown(wanted);

        bool IsConflicted(string path)
        {
            string relative = WorkspacePath.Relative(repository.Layout.Root, request.WorkingDirectory, path);
            return tracked.Conflicts.Any(c => c.File == relative || c.File == relative + Pointer.Suffix);
        }

        IReadOnlyList<Target> ResolveKnown(List<string> paths) =>
            paths.Count == 0 ? [.. tracked.All.Select(o => new Target(o, ""))] : tracked.Resolve(repository.Layout.Root, request.WorkingDirectory, paths);
    }

    private IEnumerable<StatusEntry> Orphans(StatusRequest request, TrackedOutputs tracked, IReadOnlyDictionary<string, BaseEntry> bases)
    {
        List<string> asked = [.. request.Paths.Select(p => WorkspacePath.Relative(repository.Layout.Root, request.WorkingDirectory, p))];
        return bases.Keys
            .Where(path => tracked.Find(path) is null && !tracked.Conflicts.Any(c => c.File == path + Pointer.Suffix))
            .Where(path => asked.Count == 0 || asked.Any(a => WorkspacePath.IsWithin(path, a)))
            .Where(path => Platform.FileStat.TryGet(Path.Combine(repository.Layout.Root, path)) is not null)
            .Select(path => new StatusEntry(path, PathState.Orphaned));
    }
}
