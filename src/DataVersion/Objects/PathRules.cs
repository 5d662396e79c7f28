using System.Globalization;
using System.Text;
using DataVersion.Platform;

namespace DataVersion.Objects;

/// <summary>Which names and paths may be tracked and placed (docs/format.md, "Paths"). What does not follow is refused, never repaired.</summary>
public static class PathRules
{
    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks one name; <paramref name="fullPath"/> is what the message shows.</summary>
    /// <exception cref="UnsafePathException">The name may not be placed.</exception>
    public static void CheckName(string name, string fullPath)
    {
        if (FindProblem(name, OperatingSystem.IsWindows()) is { } problem)
            throw new UnsafePathException(Printable(fullPath), problem);
    }

    /// <summary>Checks a relative path with '/' between names: each name, the length and the depth.</summary>
    /// <exception cref="UnsafePathException">The path may not be placed.</exception>
    public static void CheckRelativePath(string path)
    {
        int depth = 0;
        foreach (Range range in path.AsSpan().Split('/'))
        {
            CheckName(path[range], path);
            depth++;
        }
        CheckDepth(depth, path);
        CheckLength(path);
    }

    /// <summary>
    /// Whether a link in a dataset points into that dataset, whatever other links the dataset holds: the target is relative, goes up no further than the
    /// dataset's root, and has <c>..</c> only in front (<c>a/../b</c> leads elsewhere where <c>a</c> is a link itself, so it is refused as well).
    /// </summary>
    public static bool LinkStaysInside(string linkPathInDataset, string target) =>
        LinkStaysInside(linkPathInDataset, target, OperatingSystem.IsWindows());

    /// <summary>For messages: control characters, bidirectional overrides, invisible characters and lone surrogates are shown as escapes.</summary>
    public static string Printable(string text)
    {
        int first = 0;
        while (first < text.Length && text[first] is >= ' ' and <= '~')
            first++;
        if (first == text.Length)
            return text;
        var result = new StringBuilder(text, 0, first, text.Length + 16);
        for (int i = first; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            int codePoint = pair ? char.ConvertToUtf32(text[i], text[i + 1]) : text[i];
            if (IsPrintable(codePoint))
                result.Append(text, i, pair ? 2 : 1);
            else
                result.Append(Escape(codePoint));
            i += pair ? 1 : 0;
        }
        return result.ToString();
    }

    /// <summary>
    /// Names of one directory that a file system takes for the same one. The comparer says how it folds them, for instance
    /// <see cref="StringComparer.OrdinalIgnoreCase"/>.
    /// </summary>
    /// <returns>Pairs: a name, and an earlier one that it collides with.</returns>
    public static IReadOnlyList<(string Name, string Earlier)> FindCollisions(IEnumerable<string> names, IEqualityComparer<string> comparer)
    {
        var seen = new HashSet<string>(comparer);
        var collisions = new List<(string, string)>();
        foreach (string name in names)
        {
            if (!seen.Add(name) && seen.TryGetValue(name, out string? earlier))
                collisions.Add((name, earlier));
        }
        return collisions;
    }

    internal static void CheckDepth(int depth, string path)
    {
        if (depth > TreeLimits.MaxDepth)
            throw new UnsafePathException(Printable(path), $"lies more than {TreeLimits.MaxDepth} folders deep");
    }

    internal static void CheckLength(string path)
    {
        if (path.Length * 3 > TreeLimits.MaxPathBytes && Encoding.UTF8.GetByteCount(path) is > TreeLimits.MaxPathBytes and int length)
            throw new UnsafePathException(Printable(path), $"the path has {length} bytes; at most {TreeLimits.MaxPathBytes} are allowed");
    }

    internal static bool LinkStaysInside(string linkPathInDataset, string target, bool windows)
    {
        if (target.Length == 0 || target.Contains('\0') || target[0] == '/')
            return false;
        if (windows && target.ContainsAny('\\', ':'))
            return false;
        int depth = linkPathInDataset.AsSpan().Count('/');
        bool named = false;
        foreach (Range range in target.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> part = target.AsSpan(range);
            if (part is "..")
            {
                if (named || --depth < 0)
                    return false;
            }
            else if (part is not ("" or "."))
            {
                named = true;
            }
        }
        return true;
    }

    /// <summary>Null where the name is fine.</summary>
    internal static string? FindProblem(string name, bool windows)
    {
        if (name.Length == 0)
            return "a name is empty";
        if (name is "." or "..")
            return $"'{name}' is not allowed as a name";
        if (name.AsSpan().ContainsAny('/', '\0'))
            return "a name holds a '/' or a NUL character";
        if (name.Length * 3 > TreeLimits.MaxNameBytes && Encoding.UTF8.GetByteCount(name) is > TreeLimits.MaxNameBytes and int length)
            return $"a name has {length} bytes; at most {TreeLimits.MaxNameBytes} are allowed";
        if (!Ascii.IsValid(name) && !IsEncodable(name))
            return "the name is not valid Unicode, so it has no UTF-8 form";
        if (DisguisedNames.Find(name) is { } reserved)
            return $"'{Printable(name)}' is, or may be taken for, '{reserved}', which is not allowed inside data";
        if (name.StartsWith(TempNames.Prefix, StringComparison.Ordinal))
            return $"names that begin with '{TempNames.Prefix}' are kept for temporary files";
        return windows ? WindowsNames.FindProblem(name) : null;
    }

    private static bool IsEncodable(string name)
    {
        try
        {
            return StrictUtf8.GetByteCount(name) > 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static bool IsPrintable(int codePoint)
    {
        if (codePoint is '\u115f' or '\u1160' or '\u3164' or '\uffa0')
            return false;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }

    private static string Escape(int codePoint) => codePoint switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < 0x100 => $"\\x{codePoint:x2}",
        < 0x10000 => $"\\u{codePoint:x4}",
        _ => $"\\U{codePoint:x8}",
    };
}
