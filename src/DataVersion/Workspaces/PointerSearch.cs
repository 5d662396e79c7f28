using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>One search for pointer files; used once.</summary>
sealed class PointerSearch(string root, IgnoreRules rules, Func<string, bool> isPointer, CancellationToken cancellationToken)
{
    private readonly HashSet<string> _found = new(StringComparer.Ordinal);

    /// <summary>True for <c>NAME.dv</c>; <c>.dv</c> alone is the repository's folder.</summary>
    public static bool IsPointerName(ReadOnlySpan<char> name) => name.Length > Pointer.Suffix.Length && name.EndsWith(Pointer.Suffix, StringComparison.Ordinal);

    public List<string> Find(IReadOnlyList<string> under)
    {
        if (under.Count == 0)
            Search("");
        foreach (string path in under)
            FindFor(path is "." ? "" : path.Trim('/'));
        var result = new List<string>(_found);
        result.Sort(Utf8NameComparer.Instance);
        return result;
    }

    private void FindFor(string path)
    {
        // The outermost tracked path that this one is, or lies in.
        for (int end = path.IndexOf('/'); path.Length > 0; end = path.IndexOf('/', end + 1))
        {
            string part = end < 0 ? path : path[..end];
            if (TryAdd(part + Pointer.Suffix) || (end < 0 && IsPointerName(Path.GetFileName(part.AsSpan())) && TryAdd(part)))
                return;
            if (end < 0)
                break;
        }
        if (path.Length == 0 || StatOf(path)?.Type == FileType.Directory)
            Search(path);
    }

    private void Search(string directory)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IgnoreScope scope = rules.ScopeOf(directory);
        if (ReferenceEquals(scope, IgnoreScope.Ignored))
            return;
        List<(string Name, bool MayBeDirectory)> entries = DirectoryNames.ReadWithHint(Path.Combine(root, directory));
        // A folder with a .git of its own is a submodule or another repository, which Git does not look into either.
        if (directory.Length > 0 && entries.Exists(e => e.Name == ".git"))
            return;
        string prefix = directory.Length == 0 ? "" : directory + "/";
        var tracked = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, bool mayBeDirectory) in entries)
        {
            if (!mayBeDirectory && IsPointerName(name) && !IgnoreRules.Excludes(scope, prefix + name, prefix.Length, isDirectory: false) && TryAdd(prefix + name))
                tracked.Add(name[..^Pointer.Suffix.Length]);
        }
        foreach ((string name, bool mayBeDirectory) in entries)
        {
            if (mayBeDirectory && !tracked.Contains(name) && !IgnoreRules.IsAlwaysIgnored(name) && StatOf(prefix + name)?.Type == FileType.Directory)
                Search(prefix + name);
        }
    }

    private bool TryAdd(string path)
    {
        if (_found.Contains(path))
            return true;
        bool isOne = StatOf(path)?.Type == FileType.File && isPointer(path);
        if (isOne)
            _found.Add(path);
        return isOne;
    }

    private FileStat? StatOf(string path) => FileStat.TryGet(Path.Combine(root, path));
}
