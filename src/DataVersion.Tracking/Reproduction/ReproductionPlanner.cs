using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Preflight;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;

namespace DataVersion.Tracking.Reproduction;

/// <summary>
/// Looks whether a run can be repeated here, and with what. First all that can be told without moving data, so that every obstacle is known; only where there
/// is none, what has to come from elsewhere (the image, the data) is brought.
/// </summary>
internal sealed class ReproductionPlanner(Repository repository, RunHost host, ReproductionRequest request, ITransferMonitor monitor)
{
    private readonly List<ReproductionObstacle> _obstacles = [];
    private readonly RunRecord _record = request.Original;
    private readonly RootTransfer _roots = new(repository, monitor);
    private GitRepository? _git;

    /// <summary>What is in the way.</summary>
    public IReadOnlyList<ReproductionObstacle> Obstacles => _obstacles;

    /// <summary>Looks.</summary>
    /// <returns>The plan; null where there is an obstacle.</returns>
    public async Task<ReproductionPlan?> FindAsync(CancellationToken cancellationToken)
    {
        _obstacles.AddRange(RecordObstacles.Find(request));
        if (_record.Code is null || _record.Stage != RunStates.Complete)
            return null;
        _git = Try(() => new CommitSource(Own(), host).Find(_record.Code.Commit, _record.Code.Repo, cancellationToken));
        RecordedDiff? code = _git is null ? null : await TryAsync(() => RecordedDiff.ReadAsync(request, _git, cancellationToken));
        if (code?.Obstacle is { } lost)
            _obstacles.Add(lost);
        (GitRepository? dataGit, string? place) = _git is null ? default : Try(() => FindPlace(cancellationToken));
        IReadOnlyList<(PinnedItem, string)> data = dataGit is null ? [] : Try(() => FindData(dataGit, place!, cancellationToken)) ?? [];
        List<(PinnedItem Item, string Inside)> missing = await FindMissingAsync(data, cancellationToken);
        (ContainerEngine? engine, string? image) = FindEngine();
        bool usesGpu = _record.Gpu is { Required: true } or { Provider: "CUDA", Devices.Count: > 0 };
        if (usesGpu && !request.OnHost)
            CheckGpu(inImage: engine is not null);
        string? program = engine is null && _git is not null && _record.Train.Command.Count > 0 && (_record.Image is null || request.OnHost || IsInImage)
            ? FindProgram(code, cancellationToken) : null;
        if (_obstacles.Count > 0 || code is null || place is null)
            return null;
        await BringAsync(engine, image, missing, cancellationToken);
        if (_obstacles.Count > 0)
            return null;
        string? dataCommit = _record.Pin?.Commit is { } pinned && pinned != _record.Code.Commit ? pinned : null;
        return new ReproductionPlan
        {
            Git = _git!,
            Place = place,
            Code = code,
            Data = data,
            Revision = dataCommit,
            DataRepository = dataCommit is not null && _git!.ForReading().TryResolve(dataCommit) is null ? _record.Pin?.Repo : null,
            Engine = engine,
            Image = image,
            UsesGpu = usesGpu && engine is not null,
            Program = program,
        };
    }

    // Inside of the recorded image there is no need to start it.
    private bool IsInImage => _record.Image is { } image && host.Variable("DV_IMAGE") == image.Reference;

    private GitRepository Own() => repository.Layout.Git ?? throw new GitException("this dv repository has no Git repository, which would have the commit", "run it in a clone of the code");

    private (GitRepository? Git, string Place) FindPlace(CancellationToken cancellationToken)
    {
        string own = Path.GetRelativePath(Own().WorkTree, repository.Layout.Root).Replace(Path.DirectorySeparatorChar, '/');
        string place = new CommitPointers(_git!.ForReading(), _record.Code!.Commit, cancellationToken).FindRoot(own == "." ? "" : own);
        GitRepository git = _record.Pin is { } pin && pin.Commit != _record.Code.Commit
            ? _git.ForReading().TryResolve(pin.Commit) is not null ? _git : new CommitSource(Own(), host).Find(pin.Commit, pin.Repo, cancellationToken)
            : _git;
        return (git, place);
    }

    // The pointers of the commit must be those that the run followed.
    private List<(PinnedItem, string)> FindData(GitRepository git, string place, CancellationToken cancellationToken)
    {
        var pointers = new CommitPointers(git.ForReading(), _record.Pin?.Commit ?? _record.Code!.Commit, cancellationToken);
        IReadOnlyList<PinnedItem> items = pointers.Read(pointers.FindRoot(place));
        var found = new List<(PinnedItem, string)>();
        foreach (DataFacts data in _record.Data)
        {
            PinnedItem? item = items.FirstOrDefault(i => i.Path == data.Path);
            if (item is null || item.Pointer.Hash.Hex != data.Hash)
            {
                _obstacles.Add(new($"'{PathRules.Printable(data.Path)}' was {data.Algo}:{PathRules.Printable(data.Hash)}, and the commit {(item is null ? "tracks no such path" : $"names {item.Pointer.Hash}")}",
                    "the record and the commit do not belong together"));
            }
            else
            {
                found.Add((item, data.Inside ?? ""));
            }
        }
        return found;
    }

    private async Task<List<(PinnedItem Item, string Inside)>> FindMissingAsync(IReadOnlyList<(PinnedItem Item, string Inside)> data, CancellationToken cancellationToken)
    {
        var missing = new List<(PinnedItem, string)>();
        foreach ((PinnedItem item, string inside) in data)
        {
            if (await TryAsync(() => _roots.IsCachedAsync(item.Pointer, inside, cancellationToken)))
                continue;
            if (TryRemote(item) is null)
                _obstacles.Add(new($"'{PathRules.Printable(item.Path)}' ({item.Pointer.Hash}) is not in the cache, and no remote is configured that could have it", "add it: dv remote add NAME URL"));
            else
                missing.Add((item, inside));
        }
        return missing;
    }

    private RemoteSettings? TryRemote(PinnedItem item)
    {
        Settings settings = repository.Settings;
        string? recorded = _record.Data.FirstOrDefault(d => d.Path == item.Path)?.RemoteName;
        return settings.Remotes.FirstOrDefault(r => r.Name == (item.Pointer.Remote ?? recorded))
            ?? settings.Remotes.FirstOrDefault(r => r.Name == settings.Remote);
    }

    private (ContainerEngine? Engine, string? Image) FindEngine()
    {
        if (_record.Image is not { } image || request.OnHost || IsInImage)
            return default;
        ContainerEngine? engine = ContainerEngine.Find(host.Variables, repository.Layout.Root);
        if (engine is null)
            _obstacles.Add(new($"it ran in the image '{PathRules.Printable(image.Reference)}', and neither podman nor docker is here", "install one of them, or run without the image: --host"));
        return (engine, ContainerEngine.NameOf(image));
    }

    private void CheckGpu(bool inImage)
    {
        GpuReport report = GpuProbe.Run(host.Machine, host.Variables);
        // CUDA's libraries are the image's matter.
        if (inImage ? report.Devices.Count == 0 : !report.IsUsable)
            _obstacles.Add(new($"it ran on a GPU, and none can be used here: {report.Reason}", $"{report.Hint ?? "see: dv doctor --gpu"}; or run without it: --host"));
    }

    // A program of the commit will be in the worktree; one that Git ignores (a virtual environment) is taken from the workspace.
    private string? FindProgram(RecordedDiff? code, CancellationToken cancellationToken)
    {
        string program = _record.Train.Command[0], folder = _record.Train.WorkingDirectory;
        string here = Path.Combine(repository.Layout.Root, folder);
        bool isRelativePath = program.Contains('/', StringComparison.Ordinal) && !Path.IsPathRooted(program);
        if (isRelativePath && RecordObstacles.IsInside(folder, program))
        {
            string path = Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", RecordPlace, folder, program)));
            bool isCommitted = Try(() => (object?)_git!.ForReading().ReadAt(_record.Code!.Commit, path, Array.MaxLength, cancellationToken)) is not null;
            bool isInDiff = code?.Diff is { } diff && _git!.TryListDiff(diff, cancellationToken)?.Contains(path) == true;
            if (isCommitted || isInDiff)
                return null;
        }
        string? found = PythonPackages.Locate(program, here, host.Variable("PATH") ?? "");
        if (found is null)
            _obstacles.Add(new($"its program '{PathRules.Printable(program)}' is not here", "install it, or put its folder on the PATH"));
        return isRelativePath ? found : null;
    }

    private string RecordPlace => Path.GetRelativePath(Own().WorkTree, repository.Layout.Root) is var place && place == "." ? "" : place;

    private async Task BringAsync(ContainerEngine? engine, string? image, List<(PinnedItem Item, string Inside)> missing, CancellationToken cancellationToken)
    {
        if (engine is not null && !await engine.HasAsync(image!, cancellationToken) && await engine.PullAsync(image!, cancellationToken) is { } problem)
            _obstacles.Add(new($"{engine.Name} does not have the image '{PathRules.Printable(image!)}', and cannot pull it: {problem}", $"bring it here ({engine.Name} pull, load), or run without it: --host"));
        foreach (IGrouping<string, (PinnedItem Item, string Inside)> group in missing.GroupBy(m => TryRemote(m.Item)!.Name))
        {
            TransferResult? result = await TryAsync(() => _roots.FetchAsync(
                repository.Settings.RequireRemote(group.Key), [.. group.Select(m => new WantedRoot(m.Item.Pointer.ToRoot(m.Item.Path), m.Inside))], cancellationToken));
            foreach (FailedTransfer failed in result?.Failed.DistinctBy(f => f.Path) ?? [])
                _obstacles.Add(new($"'{PathRules.Printable(failed.Path ?? failed.Id)}' does not come from remote '{group.Key}': {failed.Error}", "push it from where it was added: dv push"));
        }
    }

    private T? Try<T>(Func<T> find)
    {
        try
        {
            return find();
        }
        catch (DataVersionException e)
        {
            _obstacles.Add(new(e.Message, e.Hint));
            return default;
        }
    }

    private async Task<T?> TryAsync<T>(Func<Task<T>> find)
    {
        try
        {
            return await find();
        }
        catch (DataVersionException e)
        {
            _obstacles.Add(new(e.Message, e.Hint));
            return default;
        }
    }
}
