using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>A pointer to write.</summary>
internal sealed record PointerChange
{
    /// <summary>The tracked path.</summary>
    public required string Path { get; init; }

    /// <summary>What the pointer will say.</summary>
    public required Pointer Pointer { get; init; }

    /// <summary>What it said when the work began; null for a new one.</summary>
    public required TrackedOutput? Existing { get; init; }

    /// <summary>False where the pointer names this content already.</summary>
    public required bool IsNew { get; init; }

    /// <summary>What is in the workspace from now on.</summary>
    public required BaseEntry Base { get; init; }

    /// <summary>The pointer file.</summary>
    public string PointerPath => Existing?.PointerPath ?? Path + Pointer.Suffix;
}

/// <summary>
/// Makes changes visible, under the repository's short lock: ignore lines first (so that Git never sees the data), then pointers, base and index,
/// and at last Git's index. Killed anywhere in between, the same command run again completes it.
/// </summary>
internal sealed class PointerPublisher(Repository repository)
{
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(30);

    private readonly Lazy<string> _temporary = new(repository.EnsureTempDirectory);

    /// <summary>Publishes; items whose pointer another process changed meanwhile are returned as failed and left alone.</summary>
    public async Task<IReadOnlyList<FailedItem>> PublishAsync(IReadOnlyList<PointerChange> changes, bool stage, CancellationToken cancellationToken)
    {
        var failed = new List<FailedItem>();
        var toStage = new List<string>();
        using (repository.Lock(cancellationToken))
        {
            var bases = new Dictionary<string, BaseEntry?>();
            foreach (PointerChange change in changes)
            {
                try
                {
                    toStage.AddRange(Write(change));
                    bases.Add(change.Path, change.Base);
                }
                catch (DataVersionException e)
                {
                    failed.Add(new FailedItem(change.Path, e.Message, e.Hint, e.Kind));
                }
            }
            FailPoint.Hit("publish.before-base");
            repository.Base.Update(bases);
            repository.SaveIndex();
        }
        FailPoint.Hit("publish.before-stage");
        if (stage && repository.Layout.Git is { } git && toStage.Count > 0)
            await git.StageAsync([.. toStage.Distinct().Select(repository.ToGitPath)], cancellationToken);
        return failed;
    }

    private List<string> Write(PointerChange change)
    {
        string pointerFile = Path.Combine(repository.Layout.Root, change.PointerPath);
        byte[]? current = FileStat.TryGet(pointerFile) is null ? null : TrackedOutputs.ReadBytes(repository.Layout.Root, change.PointerPath);
        byte[] bytes = NewBytes(change, current);
        List<string> written = Ignore(change.Path);
        FailPoint.Hit("publish.before-pointer");
        if (current is null || !bytes.AsSpan().SequenceEqual(current))
            AtomicFile.Write(pointerFile, bytes, tempDirectory: _temporary.Value);
        written.Add(change.PointerPath);
        return written;
    }

    private static byte[] NewBytes(PointerChange change, byte[]? current)
    {
        if (current is null)
        {
            return change.Existing is null
                ? PointerDocument.Write(change.Pointer)
                : throw new RefusedException($"'{change.PointerPath}' was removed while '{change.Path}' was added", "run the command again");
        }
        PointerDocument document = PointerDocument.Parse(current, change.PointerPath);
        if (change.Existing is null ? !document.Pointer.SameContent(change.Pointer) : !document.Pointer.SameContent(change.Existing.Pointer))
            throw new RefusedException($"'{change.PointerPath}' was changed by somebody else while '{change.Path}' was added", "run the command again");
        return document.Rewrite(change.Pointer);
    }

    private List<string> Ignore(string path)
    {
        if (repository.Layout.Git is not { } git)
            return [];
        string ignoreFile = WorkspacePath.Join(WorkspacePath.Parent(path), ".gitignore");
        GitIgnoreFile.AddLine(Path.Combine(repository.Layout.Root, ignoreFile), WorkspacePath.Name(path), _temporary.Value);
        // Also where commits before this one are checked out, the data stay out of `git status`. Worktrees share this file, so it has a lock of its own.
        using (FileLock.AcquireExclusive(Path.Combine(git.CommonDirectory, "dv", "exclude.lock"), LockWait, CancellationToken.None))
            GitIgnoreFile.AddLine(Path.Combine(git.CommonDirectory, "info", "exclude"), repository.ToGitPath(path));
        return [ignoreFile];
    }
}
