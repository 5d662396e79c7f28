using System.Text;
using DataVersion.Objects;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Workspaces;

/// <summary>One walk through one dataset; used once.</summary>
sealed class DatasetWalk(string root, string dataset, IgnoreRules rules, Func<string, bool> isPointer, CancellationToken cancellationToken)
{
    public const string NotAFile = "is neither a file, a folder nor a symbolic link";

    private const string WayOut = $"move it away, or name it in {IgnoreFile.Name}";

    /// <summary>Receives the paths of files of ours that are being written, or were when a process was killed; null where nobody asks.</summary>
    public ICollection<string>? Temporary { get; init; }

    /// <summary>The workspace path of what is looked at, in UTF-8, for the ignore rules: one buffer for the whole walk.</summary>
    private byte[] _path = new byte[512];

    /// <summary>Lists the dataset, also where it is itself ignored: what is tracked must not seem to have become empty.</summary>
    public WorkspaceNode Run(FileStat stat) =>
        new(WorkspacePath.Name(dataset), stat) { Children = Walk(Path.Combine(root, dataset), "", Encode(dataset, 0), rules.ScopeAround(dataset), depth: 1) };

    /// <summary>
    /// What a directory holds. <paramref name="prefix"/> is its path in the dataset, empty or with '/' at the end; <paramref name="pathLength"/> the
    /// length of its workspace path in the buffer. Folders in which everything is ignored look empty.
    /// </summary>
    private List<WorkspaceNode> Walk(string directory, string prefix, int pathLength, IgnoreScope around, int depth)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<string> names = DirectoryNames.Read(directory);
        names.Sort(Utf8NameComparer.Instance);
        IgnoreScope scope = names.Contains(IgnoreFile.Name) ? rules.Enter(around, $"{dataset}/{prefix}".TrimEnd('/')) : around;
        _path[pathLength++] = (byte)'/';
        var children = new List<WorkspaceNode>(names.Count);
        using SafeFileHandle? handle = OpenDirectory(directory);
        string? previous = null;
        foreach (string name in names)
        {
            FileStat? found = Stat(handle, directory, name);
            int end = Encode(name, pathLength);
            bool temporary = name.StartsWith(TempNames.Prefix, StringComparison.Ordinal);
            if (temporary)
                Temporary?.Add(Path.Join(directory, name));
            bool skipped = temporary
                || scope.Excludes(_path.AsSpan(0, end), pathLength, found?.Type == FileType.Directory);
            // Bytes that are not UTF-8 were read as U+FFFD: there is no file of that name, or two seem to have the same.
            if (!skipped && name.Contains('\ufffd') && (found is null || name == previous))
                throw new UnsafePathException(InWorkspace(prefix + name), "the name is not UTF-8", "rename it (convmv can do that for many files)");
            previous = name;
            // A file that went away since the directory was read was not there.
            if (skipped || found is not { } stat)
                continue;
            Check(name, prefix, depth, stat.Type);
            children.Add(new WorkspaceNode(name, stat)
            {
                Children = stat.Type == FileType.Directory ? Walk(Path.Join(directory, name), $"{prefix}{name}/", end, scope, depth + 1) : null,
            });
        }
        return children;
    }

    // A name in an open directory costs the kernel half of what a whole path does. Without one (no permission, too long) the path itself tells why.
    private static SafeFileHandle? OpenDirectory(string directory) =>
        OperatingSystem.IsLinux() && Libc.Open(directory, Libc.PathOnly | Libc.Directory) is { IsInvalid: false } handle ? handle : null;

    private static FileStat? Stat(SafeFileHandle? handle, string directory, string name) =>
        handle is not null && OperatingSystem.IsLinux() ? FileStat.TryGetAt(handle, name, directory) : FileStat.TryGet(Path.Join(directory, name));

    private void Check(string name, string prefix, int depth, FileType type)
    {
        if (DisguisedNames.Find(name) is { } reserved)
            throw new UnsafePathException(InWorkspace(prefix + name), $"data cannot hold '{reserved}', nor a name that may be taken for it", WayOut);
        if (PathRules.FindProblem(name, OperatingSystem.IsWindows()) is { } problem)
            throw new UnsafePathException(InWorkspace(prefix + name), problem, WayOut);
        if (depth > TreeLimits.MaxDepth)
            PathRules.CheckDepth(depth, prefix + name);
        if ((prefix.Length + name.Length) * 3 > TreeLimits.MaxPathBytes)
            PathRules.CheckLength(prefix + name);
        if (type == FileType.Other)
            throw new UnsafePathException(InWorkspace(prefix + name), NotAFile, WayOut);
        if (type == FileType.File && PointerSearch.IsPointerName(name) && isPointer($"{dataset}/{prefix}{name}"))
        {
            throw new UnsafePathException(
                InWorkspace(prefix + name), $"is a pointer inside '{PathRules.Printable(dataset)}', which is tracked as a whole",
                "track the parts and not the folder, or remove that pointer");
        }
    }

    private string InWorkspace(string path) => PathRules.Printable($"{dataset}/{path}");

    /// <summary>Writes a name behind the first <paramref name="start"/> bytes of the buffer, leaves room for a '/', and returns the new length.</summary>
    private int Encode(string text, int start)
    {
        int needed = start + Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        if (needed > _path.Length)
            Array.Resize(ref _path, needed * 2);
        return start + Encoding.UTF8.GetBytes(text, _path.AsSpan(start));
    }
}
