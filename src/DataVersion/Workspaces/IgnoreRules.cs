using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// What a workspace's <c>.dvignore</c> files leave out, with the rules of gitignore at any level. Always left out: <c>.git</c>, <c>.dv</c>,
/// repositories of their own below the root, and our temporary files. Files are read when first needed and kept; safe for use by many threads.
/// </summary>
public sealed class IgnoreRules
{
    private readonly ConcurrentDictionary<string, IgnoreScope> _scopes = new(StringComparer.Ordinal);
    private readonly string _root;

    private IgnoreRules(string root) => _root = root;

    /// <summary>The rules of the workspace at <paramref name="root"/>.</summary>
    public static IgnoreRules Load(string root) => new(root);

    /// <summary>
    /// Whether a path of the workspace, with '/' between names, is ignored by itself or because it lies in an ignored directory.
    /// A symbolic link is no directory.
    /// </summary>
    /// <exception cref="InvalidFormatException">An ignore file that applies is not readable as one.</exception>
    public bool IsIgnored(string relativePath, bool isDirectory)
    {
        if (relativePath.Length == 0)
            return false;
        int nameStart = relativePath.LastIndexOf('/') + 1;
        if (IsAlwaysIgnored(relativePath.AsSpan(nameStart)))
            return true;
        string directory = nameStart == 0 ? "" : relativePath[..(nameStart - 1)];
        return Excludes(ScopeOf(directory), relativePath, nameStart, isDirectory)
            || (isDirectory && ReferenceEquals(ScopeOf(relativePath), IgnoreScope.Ignored));
    }

    /// <summary>True for names that are left out of every walk of a workspace.</summary>
    internal static bool IsAlwaysIgnored(ReadOnlySpan<char> name) =>
        name is ".git" or ".dv" || name.StartsWith(TempNames.Prefix, StringComparison.Ordinal);

    /// <summary>What applies to the entries of a directory; <see cref="IgnoreScope.Ignored"/> if it is itself ignored.</summary>
    internal IgnoreScope ScopeOf(string directory)
    {
        if (_scopes.TryGetValue(directory, out IgnoreScope? known))
            return known;
        IgnoreScope scope = directory.Length == 0 ? Enter(IgnoreScope.Empty, "") : Enter(directory);
        return _scopes.GetOrAdd(directory, scope);
    }

    /// <summary>The scope inside a directory, given the one around it, whatever that says about the directory itself.</summary>
    internal IgnoreScope Enter(IgnoreScope around, string directory) => around.With(LoadFile(directory), BaseLength(directory));

    /// <summary>The patterns of the directories around a path, without asking whether one of them is ignored.</summary>
    internal IgnoreScope ScopeAround(string path)
    {
        IgnoreScope scope = Enter(IgnoreScope.Empty, "");
        for (int slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            scope = Enter(scope, path[..slash]);
        return scope;
    }

    private IgnoreScope Enter(string directory)
    {
        int nameStart = directory.LastIndexOf('/') + 1;
        IgnoreScope around = ScopeOf(nameStart == 0 ? "" : directory[..(nameStart - 1)]);
        if (ReferenceEquals(around, IgnoreScope.Ignored) || IsAlwaysIgnored(directory.AsSpan(nameStart))
            || Excludes(around, directory, nameStart, isDirectory: true) || Directory.Exists(Path.Combine(_root, directory, ".dv")))
        {
            return IgnoreScope.Ignored;
        }
        return Enter(around, directory);
    }

    private IgnorePattern[] LoadFile(string directory) =>
        IgnoreFile.Load(Path.Combine(_root, directory), directory.Length == 0 ? IgnoreFile.Name : $"{directory}/{IgnoreFile.Name}");

    private static int BaseLength(string directory) => directory.Length == 0 ? 0 : Encoding.UTF8.GetByteCount(directory) + 1;

    /// <summary>Whether the patterns of a scope exclude a path in its directory.</summary>
    internal static bool Excludes(IgnoreScope scope, string path, int nameStart, bool isDirectory)
    {
        if (scope.IsEmpty)
            return false;
        byte[]? rented = null;
        int most = Encoding.UTF8.GetMaxByteCount(path.Length);
        Span<byte> buffer = most <= 1024 ? stackalloc byte[1024] : (rented = ArrayPool<byte>.Shared.Rent(most));
        try
        {
            int prefix = Encoding.UTF8.GetBytes(path.AsSpan(0, nameStart), buffer);
            int length = prefix + Encoding.UTF8.GetBytes(path.AsSpan(nameStart), buffer[prefix..]);
            return scope.Excludes(buffer[..length], prefix, isDirectory);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
