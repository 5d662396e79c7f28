using System.Text;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>One pointer that an add writes.</summary>
/// <param name="Path">The tracked path.</param>
/// <param name="Existing">The output that is there already; null for a new one.</param>
/// <param name="Inside">Paths below it that are to be taken; empty for all of it.</param>
internal sealed record AddItem(string Path, TrackedOutput? Existing, IReadOnlyList<string> Inside);

/// <summary>Turns the paths of an add into pointers to write, and refuses what may not be tracked.</summary>
internal sealed class AddItems(Repository repository, TrackedOutputs tracked)
{
    /// <summary>The pointers to write.</summary>
    /// <exception cref="UsageException">A path is missing, outside, or cannot be tracked.</exception>
    public IReadOnlyList<AddItem> Resolve(AddRequest request, CancellationToken cancellationToken)
    {
        if (request.Paths.Count == 0)
            throw new UsageException("nothing to add: name files or folders", "for example: dv add data");
        var inside = new SortedDictionary<string, List<string>?>(StringComparer.Ordinal);
        foreach (string path in request.Paths.SelectMany(p => Expand(request.WorkingDirectory, p, cancellationToken)).Distinct())
            AddOne(inside, path);
        List<AddItem> items = [.. inside.Select(i => new AddItem(i.Key, tracked.Find(i.Key), i.Value ?? []))];
        RequirePointerNames(items);
        RequireNoOverlap(items);
        RequireNotInGit(items);
        return items;
    }

    private void AddOne(SortedDictionary<string, List<string>?> inside, string path)
    {
        if (path.EndsWith(Pointer.Suffix, StringComparison.Ordinal) && tracked.Find(path[..^Pointer.Suffix.Length]) is { } pointed)
            path = pointed.Path;
        if (path.Length == 0)
            throw new UsageException("the repository's root cannot be tracked as one dataset", "name a file or a folder below it");
        Target? target = tracked.FindContaining(path);
        if (target is null or { Inside.Length: 0 })
            inside[path] = null;
        else if (!inside.TryGetValue(target.Output.Path, out List<string>? paths))
            inside.Add(target.Output.Path, [target.Inside]);
        else
            paths?.Add(target.Inside);
    }

    private IEnumerable<string> Expand(string workingDirectory, string path, CancellationToken cancellationToken)
    {
        string relative = WorkspacePath.Relative(repository.Layout.Root, workingDirectory, path);
        foreach (string segment in relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
            PathRules.CheckName(segment, relative);
        if (FileStat.TryGet(Path.Combine(repository.Layout.Root, relative)) is not null || tracked.FindContaining(relative) is { Inside.Length: > 0 })
        {
            RequireNoLinkAbove(relative);
            return [relative];
        }
        if (tracked.Find(relative) is { } missing)
            throw new UsageException($"'{PathRules.Printable(relative)}' is tracked, and not in the workspace",
                $"bring it back with: dv checkout {PathRules.Printable(relative)}; or stop tracking it with: git rm {PathRules.Printable(missing.PointerPath)}");
        IReadOnlyList<string> matches = PathGlob.Expand(repository.Layout.Root, relative, repository.IgnoreRules, repository.IsPointer, cancellationToken);
        matches = [.. matches.Where(m => !m.EndsWith(Pointer.Suffix, StringComparison.Ordinal) || tracked.Find(m[..^Pointer.Suffix.Length]) is null)];
        return matches.Count > 0 ? matches : throw new UsageException($"'{PathRules.Printable(path)}': no such file or folder");
    }

    // Git does not look behind links either: what lies there would be another repository's, or nobody's.
    private void RequireNoLinkAbove(string relative)
    {
        for (string at = WorkspacePath.Parent(relative); at.Length > 0; at = WorkspacePath.Parent(at))
        {
            if (FileStat.TryGet(Path.Combine(repository.Layout.Root, at)) is { Type: FileType.SymbolicLink })
                throw new UnsafePathException(relative, $"lies behind the symbolic link '{PathRules.Printable(at)}'", "add the place that the link points to");
        }
    }

    // Before anything is read or written: the pointer's name has three bytes more, and an ignore line is one line.
    private void RequirePointerNames(List<AddItem> items)
    {
        const string WayOut = "rename it, or track the folder that holds it";
        foreach (string path in items.Where(i => i.Existing is null).Select(i => i.Path))
        {
            string name = WorkspacePath.Name(path);
            if (Encoding.UTF8.GetByteCount(name) + Pointer.Suffix.Length > TreeLimits.MaxNameBytes)
                throw new UsageException($"'{PathRules.Printable(name)}': with '{Pointer.Suffix}' the name of its pointer would be longer than {TreeLimits.MaxNameBytes} bytes", WayOut);
            if (repository.Layout.Git is not null && path.Contains('\n'))
                throw new UsageException($"'{PathRules.Printable(path)}': a path with a line break cannot be written into .gitignore", WayOut);
        }
    }

    private void RequireNoOverlap(List<AddItem> items)
    {
        foreach (AddItem item in items.Where(i => i.Existing is null))
        {
            if (tracked.All.FirstOrDefault(o => o.Path != item.Path && WorkspacePath.IsWithin(o.Path, item.Path)) is { } below)
            {
                throw new UsageException($"'{item.Path}' holds '{below.Path}', which is tracked by itself",
                    $"stop tracking that first with: git rm --cached {below.PointerPath} && rm {below.PointerPath}");
            }
            if (items.FirstOrDefault(i => i.Path != item.Path && WorkspacePath.IsWithin(i.Path, item.Path)) is { } other)
                throw new UsageException($"'{item.Path}' and '{other.Path}' overlap", "add the outer one alone, or the inner ones");
            if (repository.IgnoreRules.IsIgnored(item.Path, Directory.Exists(Path.Combine(repository.Layout.Root, item.Path))))
                throw new UsageException($"'{item.Path}' is ignored by .dvignore", "change .dvignore, or name another path");
        }
    }

    private void RequireNotInGit(List<AddItem> items)
    {
        if (repository.Layout.Git is not { } git)
            return;
        List<string> paths = [.. items.Where(i => i.Existing is null).Select(i => repository.ToGitPath(i.Path))];
        if (paths.Count > 0 && git.FindTracked(paths) is [{ } first, ..])
        {
            throw new UsageException($"'{PathRules.Printable(first)}' is already tracked by Git",
                $"let go of it there first with: git rm -r --cached -- {PathRules.Printable(first)}");
        }
    }
}
