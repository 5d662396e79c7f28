using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>A command's target: a tracked output, or a path inside a tracked folder.</summary>
/// <param name="Output">The output.</param>
/// <param name="Inside">The path below it; empty for all of it.</param>
public sealed record Target(TrackedOutput Output, string Inside);

/// <summary>All pointers of a workspace, and what paths mean in their light.</summary>
public sealed class TrackedOutputs
{
    private readonly Dictionary<string, TrackedOutput> _byPath;

    private readonly string? _revision;

    private TrackedOutputs(IEnumerable<TrackedOutput> outputs, IReadOnlyList<PointerConflictException> conflicts, string? revision = null)
    {
        _revision = revision;
        _byPath = outputs.ToDictionary(o => o.Path);
        All = [.. _byPath.Values.OrderBy(o => o.Path, StringComparer.Ordinal)];
        Conflicts = conflicts;
    }

    /// <summary>Every tracked output, by path.</summary>
    public IReadOnlyList<TrackedOutput> All { get; }

    /// <summary>Pointers that hold Git's conflict markers.</summary>
    public IReadOnlyList<PointerConflictException> Conflicts { get; }

    /// <summary>What the pointers of a revision name.</summary>
    /// <param name="outputs">Each under a path of its own.</param>
    /// <param name="revision">How the user calls it, for messages.</param>
    internal static TrackedOutputs At(IEnumerable<TrackedOutput> outputs, string revision) => new(outputs, [], revision);

    /// <summary>Reads the pointers of a workspace.</summary>
    /// <exception cref="InvalidFormatException">One is malformed.</exception>
    public static TrackedOutputs Load(string root, IgnoreRules rules, CancellationToken cancellationToken) => Load(root, rules, "", cancellationToken);

    /// <summary>Reads those pointers of a workspace that a path is or lies in, or that lie below it.</summary>
    /// <exception cref="InvalidFormatException">One is malformed.</exception>
    internal static TrackedOutputs Load(string root, IgnoreRules rules, string under, CancellationToken cancellationToken)
    {
        var outputs = new List<TrackedOutput>();
        var conflicts = new List<PointerConflictException>();
        foreach (string pointerPath in WorkspaceWalker.FindPointers(root, [under], rules, path => IsPointer(root, path), cancellationToken))
        {
            string path = pointerPath[..^Pointer.Suffix.Length];
            try
            {
                outputs.Add(new TrackedOutput(path, pointerPath, PointerDocument.Parse(ReadBytes(root, pointerPath), pointerPath).Pointer));
            }
            catch (PointerConflictException e)
            {
                conflicts.Add(e);
            }
        }
        return new TrackedOutputs(outputs, conflicts);
    }

    /// <summary>True where the file is a pointer, and not data whose name ends alike.</summary>
    public static bool IsPointer(string root, string path)
    {
        string full = Path.Combine(root, path);
        if (FileStat.TryGet(full) is not { Type: FileType.File })
            return false;
        try
        {
            using FileStream stream = File.OpenRead(full);
            Span<byte> start = stackalloc byte[4096];
            return PointerDocument.LooksLikePointer(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
    }

    /// <summary>The bytes of a pointer file, at most one more than it may have.</summary>
    public static byte[] ReadBytes(string root, string pointerPath)
    {
        try
        {
            using FileStream stream = File.OpenRead(Path.Combine(root, pointerPath));
            byte[] bytes = new byte[Math.Min(stream.Length, Pointer.MaxBytes + 1)];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..length];
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(pointerPath, e);
        }
    }

    /// <summary>The output of exactly this path, or null.</summary>
    public TrackedOutput? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>The output that <paramref name="path"/> is or lies in, or null.</summary>
    public Target? FindContaining(string path)
    {
        for (string at = path; at.Length > 0; at = WorkspacePath.Parent(at))
        {
            if (_byPath.TryGetValue(at, out TrackedOutput? output))
                return at == path ? new Target(output, "") : output.Pointer.IsDirectory ? new Target(output, path[(at.Length + 1)..]) : null;
        }
        return null;
    }

    /// <summary>What paths name: outputs, pointer files, folders that hold pointers, paths inside a tracked folder. Without any: everything.</summary>
    /// <exception cref="UsageException">A path names nothing that is tracked.</exception>
    public IReadOnlyList<Target> Resolve(string root, string workingDirectory, IReadOnlyList<string> paths)
    {
        RequireNoConflict(root, workingDirectory, paths);
        if (paths.Count == 0)
            return [.. All.Select(o => new Target(o, ""))];
        var targets = new List<Target>();
        foreach (string path in paths)
        {
            string relative = WorkspacePath.Relative(root, workingDirectory, path);
            IReadOnlyList<Target> found = ResolveOne(relative);
            if (found.Count == 0)
                throw NotTracked(PathRules.Printable(path));
            targets.AddRange(found);
        }
        // A folder and something inside it: the folder covers both.
        return [.. targets.Distinct().Where(t => t.Inside.Length == 0 || !targets.Contains(new Target(t.Output, "")))];
    }

    private UsageException NotTracked(string path) => _revision is { } revision
        ? new UsageException($"'{path}' is not tracked by dv in {PathRules.Printable(revision)}", $"what is: dv ls --rev {PathRules.Printable(revision)}")
        : new UsageException($"'{path}' is not tracked by dv", $"track it with: dv add {path}");

    private IReadOnlyList<Target> ResolveOne(string relative)
    {
        if (relative.EndsWith(Pointer.Suffix, StringComparison.Ordinal) && Find(relative[..^Pointer.Suffix.Length]) is { } named)
            return [new Target(named, "")];
        if (FindContaining(relative) is { } containing)
            return [containing];
        return [.. All.Where(o => WorkspacePath.IsWithin(o.Path, relative)).Select(o => new Target(o, ""))];
    }

    private void RequireNoConflict(string root, string workingDirectory, IReadOnlyList<string> paths)
    {
        List<string> wanted = [.. paths.Select(p => WorkspacePath.Relative(root, workingDirectory, p))];
        foreach (PointerConflictException conflict in Conflicts)
        {
            string output = conflict.File[..^Pointer.Suffix.Length];
            if (wanted.Count == 0 || wanted.Any(w => w == conflict.File || WorkspacePath.IsWithin(output, w) || WorkspacePath.IsWithin(w, output)))
                throw conflict;
        }
    }
}
