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
    /// <param name="pattern">A path or pattern relative to the root, '/' between names. Leading names that exist as they are written are taken so.</param>
    /// <param name="rules">What is ignored.</param>
    /// <param name="isPointer">Says whether a workspace path that ends in <c>.dv</c> is a pointer.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>
    /// Workspace paths, ordered by UTF-8 bytes; none where nothing matches. A path that exists as it is written stands for itself, also where it is ignored.
    /// What lies in a folder that matches is not returned beside that folder.
    /// </returns>
    /// <exception cref="UnsafePathException">The argument leads out of the workspace.</exception>
    public static IReadOnlyList<string> Expand(
        string root, string pattern, IgnoreRules rules, Func<string, bool> isPointer, CancellationToken cancellationToken)
    {
        string start = "";
        var parts = new List<string>();
        foreach (string part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." || pattern[0] == '/')
                throw new UnsafePathException(PathRules.Printable(pattern), "leads out of the repository");
            if (part == "." || (part == "**" && parts is [.., "**"]))
                continue;
            string literal = Join(start, part);
            if (parts.Count == 0 && (!IsPattern(part) || FileStat.TryGet(Path.Combine(root, literal)) is not null))
                start = literal;
            else
                parts.Add(part);
        }
        if (parts.Count == 0)
            return FileStat.TryGet(Path.Combine(root, start)) is null ? [] : [start];
        return new Search(root, rules, isPointer, mustBeDirectory: pattern.EndsWith('/'), cancellationToken).Run(start, parts);
    }

    private static string Join(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

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
            string path = Join(directory, name);
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
