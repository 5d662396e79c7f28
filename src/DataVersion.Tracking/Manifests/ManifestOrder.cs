using System.Globalization;
using System.Text;
using DataVersion.Objects;

namespace DataVersion.Tracking.Manifests;

/// <summary>
/// What holds for the entries of every manifest, on the way out and on the way in: each path comes once, in the order in which trees are walked;
/// a file lies at or below its item; sizes add up. Remembers two paths, however many there are.
/// </summary>
internal sealed class ManifestOrder
{
    private const int MaxPathBytes = 16 * 1024;

    private ManifestItem? _item;
    private string? _lastFile;
    private long _size;
    private bool _sizesKnown;

    /// <summary>What is wrong with the next entry; null where it may follow.</summary>
    public string? Add(ManifestEntry entry)
    {
        if (FindPathProblem(entry.Path) is { } problem)
            return $"'{PathRules.Printable(entry.Path)}': {problem}";
        if (entry.Hash.IsEmpty)
            return $"'{PathRules.Printable(entry.Path)}' has no hash";
        return entry is ManifestItem item ? Begin(item) : AddFile((ManifestFile)entry);
    }

    /// <summary>What is wrong with the last item, now that all of its files are known; null where nothing is.</summary>
    public string? EndItem() => _item is { } item && _sizesKnown && _size != item.Size
        ? string.Create(CultureInfo.InvariantCulture, $"the files of '{PathRules.Printable(item.Path)}' have {_size} bytes, where {item.Size} are declared")
        : null;

    private string? Begin(ManifestItem item)
    {
        if (EndItem() is { } problem)
            return problem;
        if (item.Size < 0)
            return $"the size of '{PathRules.Printable(item.Path)}' is negative";
        if (_item is { } last && Compare(last.Path, item.Path) >= 0)
            return $"'{PathRules.Printable(item.Path)}' is out of order, or there twice";
        (_item, _lastFile, _size, _sizesKnown) = (item, null, 0, true);
        return null;
    }

    private string? AddFile(ManifestFile file)
    {
        if (_item is not { } item)
            return $"the file '{PathRules.Printable(file.Path)}' belongs to no item";
        bool inside = file.Path == item.Path || (file.Path.StartsWith(item.Path, StringComparison.Ordinal) && file.Path[item.Path.Length] == '/');
        if (!inside)
            return $"'{PathRules.Printable(file.Path)}' does not lie in '{PathRules.Printable(item.Path)}'";
        if (_lastFile is { } last && Compare(last, file.Path) >= 0)
            return $"'{PathRules.Printable(file.Path)}' is out of order, or there twice";
        if (file.Size < 0 || file.Size > long.MaxValue - _size)
            return $"the size of '{PathRules.Printable(file.Path)}' is not possible";
        _lastFile = file.Path;
        _size += file.Size ?? 0;
        _sizesKnown &= file.Size is not null;
        return null;
    }

    /// <summary>The order of a walk through trees: name by name, each by its UTF-8 bytes.</summary>
    internal static int Compare(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        while (true)
        {
            int oneEnd = one.IndexOf('/'), otherEnd = other.IndexOf('/');
            int order = Utf8NameComparer.Compare(oneEnd < 0 ? one : one[..oneEnd], otherEnd < 0 ? other : other[..otherEnd]);
            if (order != 0)
                return order;
            if (oneEnd < 0 || otherEnd < 0)
                return oneEnd.CompareTo(otherEnd);
            one = one[(oneEnd + 1)..];
            other = other[(otherEnd + 1)..];
        }
    }

    // Laxer than PathRules: a manifest is read, never placed, and what was recorded elsewhere must be readable here.
    private static string? FindPathProblem(string path)
    {
        if (path.Length > MaxPathBytes || Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            return $"a path of more than {MaxPathBytes} bytes";
        if (path.Contains('\0', StringComparison.Ordinal))
            return "a path holds a NUL character";
        for (int i = 0; i < path.Length; i++)
        {
            if (char.IsHighSurrogate(path[i]) && i + 1 < path.Length && char.IsLowSurrogate(path[i + 1]))
                i++;
            else if (char.IsSurrogate(path[i]))
                return "a path is not valid Unicode";
        }
        foreach (Range range in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(range) is "" or "." or "..")
                return "a path has no empty names, and no '.' and '..'";
        }
        return null;
    }
}
