using DataVersion.Configuration;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Runs;

/// <summary>One tracked path that a run uses.</summary>
/// <param name="Item">What the pin says of it.</param>
/// <param name="Inside">Only this path below it; empty for all of it.</param>
internal sealed record RunInput(PinnedItem Item, string Inside)
{
    public PlacedInput Placed => new(Item.Path, Item.Pointer, Inside);

    public string Shown => WorkspacePath.Join(Item.Path, Inside);
}

/// <summary>Brings the data of a pin into the workspace, and checks that it holds them. The pointers of the workspace do not matter: the pin's count.</summary>
internal sealed class RunInputs(Repository repository, RunRequest request, Pin? pin, IRunView view)
{
    private readonly RootTransfer _roots = new(repository, view.Monitor);

    /// <summary>The inputs that were asked for.</summary>
    /// <exception cref="UsageException">A path names nothing that is tracked.</exception>
    public IReadOnlyList<RunInput> Select(CancellationToken cancellationToken)
    {
        IReadOnlyList<PinnedItem> items = pin?.Items ?? [.. repository.LoadOutputs(cancellationToken).All.Select(Unpinned)];
        if (request.Data.Count == 0)
            return [.. items.Select(i => new RunInput(i, ""))];
        var selected = new List<RunInput>();
        foreach (string path in request.Data)
        {
            string relative = WorkspacePath.Relative(repository.Layout.Root, request.WorkingDirectory, path);
            List<RunInput> found = [.. items.SelectMany(i => Match(i, relative))];
            if (found.Count == 0)
                throw new UsageException($"--data '{PathRules.Printable(path)}' names nothing that is tracked in the version that is used", "see: dv status, or git ls-files '*.dv'");
            selected.AddRange(found);
        }
        return [.. selected.Distinct().Where(s => s.Inside.Length == 0 || !selected.Contains(s with { Inside = "" }))];
    }

    /// <summary>Fetches what the cache lacks, and places what the workspace lacks.</summary>
    /// <exception cref="RunFailedException">Something did not come; what came is kept.</exception>
    public async Task<string> PullAsync(IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken)
    {
        TransferResult fetched = await FetchAsync(inputs, cancellationToken);
        IReadOnlyList<FailedItem> refused = await PlaceAsync(inputs, cancellationToken);
        if (refused.Any(r => r.Kind is ErrorKind.Corrupt or ErrorKind.Missing))
        {
            // What the cache had was not what it should be, and has been put aside: now it can be fetched.
            TransferResult again = await FetchAsync(inputs, cancellationToken);
            fetched = fetched with { Objects = fetched.Objects + again.Objects, Bytes = fetched.Bytes + again.Bytes };
            refused = await PlaceAsync(inputs, cancellationToken);
        }
        if (request.Allowed.DataDirty)
        {
            foreach (FailedItem edit in refused.Where(r => r.Kind == ErrorKind.Incomplete))
                view.Warn($"{edit.Error}: allowed (data-dirty)");
            refused = [.. refused.Where(r => r.Kind != ErrorKind.Incomplete)];
        }
        if (refused.Count > 0)
            throw Failed(refused.Select(r => (r.Kind, $"{r.Error}", r.Hint)));
        return $"{StageNotes.Count(fetched.Objects, "object")} of {StageNotes.Bytes(fetched.Bytes)} fetched, {StageNotes.Count(inputs.Count, "path")} in place";
    }

    /// <summary>Checks that the workspace holds the inputs, by identity.</summary>
    /// <exception cref="RunFailedException">It does not.</exception>
    public async Task<VerifyResult> VerifyAsync(IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken)
    {
        VerifyResult result = await FindProblemsAsync(inputs, cancellationToken);
        IEnumerable<VerifyProblem> grave = request.Allowed.DataDirty ? result.Problems.Where(p => p.Kind == ErrorKind.Missing) : result.Problems;
        if (grave.Any())
            throw Failed(grave.Select(p => (p.Kind, $"'{PathRules.Printable(p.What)}': {p.Problem}", Hint(p.Kind))));
        foreach (VerifyProblem problem in result.Problems)
            view.Warn($"'{problem.What}' {problem.Problem}: allowed (data-dirty)");
        return result;
    }

    /// <summary>The same, without judging.</summary>
    public Task<VerifyResult> FindProblemsAsync(IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken) =>
        new VerifyInputs(repository, view.Monitor).RunAsync([.. inputs.Select(i => i.Placed)], request.VerifyAll, cancellationToken);

    /// <summary>What is recorded of an input.</summary>
    public DataFacts Describe(RunInput input, bool verified, long transferred)
    {
        Pointer pointer = input.Item.Pointer;
        RemoteSettings? remote = TryRemote(input);
        return new DataFacts
        {
            Path = input.Item.Path,
            Inside = input.Inside.Length == 0 ? null : input.Inside,
            Kind = pointer.IsDirectory ? "dir" : "file",
            Algo = pointer.Hash.Kind.Name(),
            Hash = pointer.Hash.Hex,
            Blocks = pointer.BlocksId.IsEmpty ? null : pointer.BlocksId.ToString(),
            Executable = pointer.Executable ? true : null,
            Size = pointer.Size,
            Nfiles = pointer.Files ?? 1,
            Pointer = input.Item.PointerPath,
            PointerSha256 = input.Item.PointerSha256.Length == 0 ? null : input.Item.PointerSha256,
            RemoteName = remote?.Name,
            Remote = remote is null ? null : RemoteUrl.Redact(remote.Url),
            TransferredBytes = transferred,
            FromCacheBytes = Math.Max(0, pointer.Size - transferred),
            Verified = verified,
        };
    }

    private async Task<TransferResult> FetchAsync(IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken)
    {
        var missing = new List<RunInput>();
        foreach (RunInput input in inputs)
        {
            if (!await _roots.IsCachedAsync(input.Item.Pointer, input.Inside, cancellationToken))
                missing.Add(input);
        }
        var results = new List<TransferResult>();
        foreach (IGrouping<string, (RunInput Input, RemoteSettings Remote)> group in missing.Select(i => (i, Remote(i))).GroupBy(m => m.Item2.Name))
        {
            results.Add(await _roots.FetchAsync(
                group.First().Remote, [.. group.Select(m => new WantedRoot(m.Input.Item.Pointer.ToRoot(m.Input.Item.Path), m.Input.Inside))], cancellationToken));
        }
        List<FailedTransfer> failed = [.. results.SelectMany(r => r.Failed)];
        if (failed.Count > 0)
            throw Failed(failed.Select(f => (f.Kind, f.Error, f.Kind == ErrorKind.Missing ? "push it from where it was added: dv push" : null)));
        return new TransferResult(results.Sum(r => r.Objects), results.Sum(r => r.Bytes), results.Sum(r => r.Skipped), []);
    }

    private async Task<IReadOnlyList<FailedItem>> PlaceAsync(IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken)
    {
        var refused = new List<FailedItem>();
        foreach (RunInput input in inputs)
            refused.AddRange((await _roots.PlaceAsync(input.Item.Path, input.Item.Pointer, input.Inside, force: false, cancellationToken)).Refused);
        return refused;
    }

    private RemoteSettings Remote(RunInput input) => TryRemote(input) ?? repository.Settings.RequireRemote(request.Remote ?? input.Item.Pointer.Remote);

    // The workspace's own settings know how to sign in; a pin's remote is read as the settings of a repository are.
    private RemoteSettings? TryRemote(RunInput input)
    {
        Settings settings = repository.Settings;
        string? name = request.Remote ?? input.Item.Pointer.Remote;
        PinnedRemote? pinned = pin?.Remotes.FirstOrDefault(r => name is null ? r.IsDefault : r.Name == name);
        RemoteSettings? known = settings.Remotes.FirstOrDefault(r => r.Name == (name ?? settings.Remote ?? pinned?.Name));
        return known ?? (pinned is null ? null : new RemoteSettings { Name = pinned.Name, Url = pinned.Url, Options = pinned.Options, Trusted = false });
    }

    private static IEnumerable<RunInput> Match(PinnedItem item, string path)
    {
        if (path == item.PointerPath || WorkspacePath.IsWithin(item.Path, path))
            yield return new RunInput(item, "");
        else if (item.Pointer.IsDirectory && WorkspacePath.IsWithin(path, item.Path))
            yield return new RunInput(item, path[(item.Path.Length + 1)..]);
    }

    private static PinnedItem Unpinned(TrackedOutput output) => new(output.Path, output.PointerPath, "", output.Pointer);

    private static RunFailedException Failed(IEnumerable<(ErrorKind Kind, string Problem, string? Hint)> problems)
    {
        List<(ErrorKind Kind, string Problem, string? Hint)> all = [.. problems];
        int code = RunExitCodes.Gravest(all.Select(p => CodeOf(p.Kind)));
        (_, string problem, string? hint) = all.First(p => CodeOf(p.Kind) == code);
        string more = all.Count > 1 ? $" (and {all.Count - 1} more)" : "";
        return new RunFailedException(code, $"{problem}{more}", hint);
    }

    private static int CodeOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Corrupt => RunExitCodes.Corrupt,
        ErrorKind.Missing => RunExitCodes.Missing,
        ErrorKind.Remote => RunExitCodes.Unavailable,
        ErrorKind.FileSystem => RunExitCodes.CannotWrite,
        ErrorKind.Locked => RunExitCodes.Temporary,
        _ => RunExitCodes.Config,
    };

    private static string? Hint(ErrorKind kind) => kind switch
    {
        ErrorKind.Missing => "bring it back with: dv pull",
        ErrorKind.Incomplete => "take it up with dv add and commit, or move it away",
        ErrorKind.Corrupt => "see what differs with dv status; get the pinned version with: dv checkout --force",
        _ => null,
    };
}
