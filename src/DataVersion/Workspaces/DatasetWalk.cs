using System.Text;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>One walk through one dataset; used once.</summary>
sealed class DatasetWalk(string root, string dataset, IgnoreRules rules, Func<string, bool> isPointer, CancellationToken cancellationToken)
{
    public const string NotAFile = "is neither a file, a folder nor a symbolic link";

    private const string WayOut = $"move it away, or name it in {IgnoreFile.Name}";

    private readonly List<WalkedEntry> _entries = [];
    private readonly List<string> _temporary = [];

    /// <summary>The workspace path of what is looked at, in UTF-8, for the ignore rules: one buffer for the whole walk.</summary>
    private byte[] _path = new byte[512];

    /// <summary>Lists the dataset, also where it is itself ignored: what is tracked must not seem to have become empty.</summary>
    public DatasetListing Run(FileStat stat)
    {
        Walk(Path.Combine(root, dataset), "", Encode(dataset, 0), rules.ScopeAround(dataset), depth: 1);
        return new DatasetListing(stat, _entries, _temporary);
    }

    /// <summary>
    /// Adds what a directory holds and says whether that is anything. <paramref name="prefix"/> is its path in the dataset, empty or with '/' at the
    /// end; <paramref name="pathLength"/> the length of its workspace path in the buffer.
    /// </summary>
    private bool Walk(string directory, string prefix, int pathLength, IgnoreScope around, int depth)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int before = _entries.Count;
        List<string> names = DirectoryNames.Read(directory);
        names.Sort(Utf8NameComparer.Instance);
        IgnoreScope scope = names.Contains(IgnoreFile.Name) ? rules.Enter(around, $"{dataset}/{prefix}".TrimEnd('/')) : around;
        _path[pathLength++] = (byte)'/';
        string? previous = null;
        foreach (string name in names)
        {
            string fullPath = Path.Join(directory, name);
            FileStat? found = FileStat.TryGet(fullPath);
            int end = Encode(name, pathLength);
            bool temporary = name.StartsWith(TempNames.Prefix, StringComparison.Ordinal);
            if (temporary)
                _temporary.Add(fullPath);
            bool skipped = temporary
                || scope.Excludes(_path.AsSpan(0, end), pathLength, found?.Type == FileType.Directory);
            // Bytes that are not UTF-8 were read as U+FFFD: there is no file of that name, or two seem to have the same.
            if (!skipped && name.Contains('\ufffd') && (found is null || name == previous))
                throw new UnsafePathException(InWorkspace(prefix + name), "the name is not UTF-8", "rename it (convmv can do that for many files)");
            previous = name;
            // A file that went away since the directory was read was not there.
            if (!skipped && found is { } stat)
                Take(fullPath, name, prefix + name, stat, end, scope, depth);
        }
        return _entries.Count > before;
    }

    private void Take(string fullPath, string name, string path, FileStat stat, int pathLength, IgnoreScope scope, int depth)
    {
        Check(name, path, depth, stat.Type);
        if (stat.Type != FileType.Directory || !Walk(fullPath, path + "/", pathLength, scope, depth + 1))
            _entries.Add(new WalkedEntry(path, stat));
    }

    private void Check(string name, string path, int depth, FileType type)
    {
        if (DisguisedNames.Find(name) is { } reserved)
            throw new UnsafePathException(InWorkspace(path), $"data cannot hold '{reserved}', nor a name that may be taken for it", WayOut);
        if (PathRules.FindProblem(name, OperatingSystem.IsWindows()) is { } problem)
            throw new UnsafePathException(InWorkspace(path), problem, WayOut);
        PathRules.CheckDepth(depth, path);
        PathRules.CheckLength(path);
        if (type == FileType.Other)
            throw new UnsafePathException(InWorkspace(path), NotAFile, WayOut);
        if (type == FileType.File && PointerSearch.IsPointerName(name) && isPointer($"{dataset}/{path}"))
        {
            throw new UnsafePathException(
                InWorkspace(path), $"is a pointer inside '{PathRules.Printable(dataset)}', which is tracked as a whole",
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
