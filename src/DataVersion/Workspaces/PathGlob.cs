using System.Text;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Expands <c>data/*.csv</c> against a workspace, for arguments that the shell left alone. As in a shell, a wildcard does not match a leading dot;
/// <c>**</c> between slashes stands for any number of folders. Ignored paths, pointers and <c>.git</c> are never matched, links are never followed.
/// </summary>
public static class PathGlob
{
    /// <summary>True for an argument that may be a pattern.</summary>
    public static bool IsPattern(string argument) => Wildmatch.HasSpecial(argument.AsSpan());

    /// <summary>What an argument stands for.</summary>
    /// <param name="root">The workspace.</param>
    /// <param name="directory">The workspace path that the argument is relative to, '/' between names; empty for the root.</param>
    /// <param name="pattern">A path or pattern with '/' between names; may go up with leading <c>..</c>.</param>
    /// <param name="rules">What is ignored.</param>
    /// <param name="isPointer">Says whether a workspace path that ends in <c>.dv</c> is a pointer.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>
    /// Workspace paths, ordered by UTF-8 bytes; none where nothing matches. A path that exists as it is written stands for itself, also where it is ignored.
    /// What lies in a folder that matches is not returned beside that folder.
    /// </returns>
    /// <exception cref="UnsafePathException">The argument leads out of the workspace.</exception>
    public static IReadOnlyList<string> Expand(
        string root, string directory, string pattern, IgnoreRules rules, Func<string, bool> isPointer, CancellationToken cancellationToken)
    {
        (List<string> start, List<string> parts) = Split(root, directory, pattern);
        string literal = string.Join('/', start.Concat(parts));
        if (FileStat.TryGet(Path.Combine(root, literal)) is not null)
            return [literal];
        if (parts.Count == 0)
            return [];
        return new Search(root, rules, isPointer, mustBeDirectory: pattern.EndsWith('/'), cancellationToken).Run(string.Join('/', start), parts);
    }

    /// <summary>The folder that the literal beginning of a pattern leads to, and the rest from the first wildcard on.</summary>
    private static (List<string> Start, List<string> Parts) Split(string root, string directory, string pattern)
    {
        bool absolute = pattern.StartsWith('/');
        if (absolute && !$"{pattern}/".StartsWith($"{root.TrimEnd('/')}/", StringComparison.Ordinal))
            throw new UnsafePathException(PathRules.Printable(pattern), "lies outside the repository");
        string relative = absolute ? pattern[Math.Min(pattern.Length, root.TrimEnd('/').Length)..] : pattern;
        List<string> start = [.. (absolute ? "" : directory).Split('/', StringSplitOptions.RemoveEmptyEntries)];
        List<string> parts = [];
        foreach (string part in relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "." || (part == "**" && parts is [.., "**"]))
                continue;
            if (part == "..")
            {
                if (parts.Count > 0)
                    throw new UnsafePathException(PathRules.Printable(pattern), "has '..' behind a wildcard");
                if (start.Count == 0)
                    throw new UnsafePathException(PathRules.Printable(pattern), "leads out of the repository");
                start.RemoveAt(start.Count - 1);
            }
            else
            {
                (parts.Count > 0 || IsPattern(part) ? parts : start).Add(part);
            }
        }
        return (start, parts);
    }

    private sealed class Search(string root, IgnoreRules rules, Func<string, bool> isPointer, bool mustBeDirectory, CancellationToken cancellationToken)
    {
        private readonly SortedSet<string> _found = new(Utf8NameComparer.Instance);

        public List<string> Run(string directory, List<string> parts)
        {
            Match(directory, parts, 0);
            return [.. _found.Where(path => !HasMatchedParent(path))];
        }

        private void Match(string directory, List<string> parts, int at)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool last = at == parts.Count - 1;
            if (!IsPattern(parts[at]))
            {
                Take(directory, parts[at], parts, at);
                return;
            }
            bool deep = parts[at] == "**";
            if (deep && !last)
                Match(directory, parts, at + 1);
            byte[] pattern = Encoding.UTF8.GetBytes(deep ? "*" : parts[at]);
            foreach (string name in DirectoryNames.Read(Path.Combine(root, directory)))
            {
                if ((name[0] == '.' && pattern[0] != (byte)'.') || !Wildmatch.IsMatch(pattern, Encoding.UTF8.GetBytes(name), pathname: true))
                    continue;
                Take(directory, name, parts, deep && !last ? at - 1 : at);
            }
        }

        /// <summary>Follows one name that the part matched: to the next part in a folder, or into the result.</summary>
        private void Take(string directory, string name, List<string> parts, int at)
        {
            string path = directory.Length == 0 ? name : $"{directory}/{name}";
            if (FileStat.TryGet(Path.Combine(root, path)) is not { } stat)
                return;
            bool isDirectory = stat.Type == FileType.Directory;
            if (rules.IsIgnored(path, isDirectory))
                return;
            if (at < parts.Count - 1)
            {
                if (isDirectory)
                    Match(path, parts, at + 1);
            }
            else if (isDirectory || !(mustBeDirectory || (PointerSearch.IsPointerName(name) && isPointer(path))))
            {
                _found.Add(path);
            }
        }

        private bool HasMatchedParent(string path)
        {
            for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (_found.Contains(path[..slash]))
                    return true;
            }
            return false;
        }
    }
}
