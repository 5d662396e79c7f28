using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>Paths as the user types them → paths of the workspace (relative to its root, with '/').</summary>
public static class WorkspacePath
{
    /// <summary>The path relative to the root; empty for the root itself.</summary>
    /// <exception cref="UsageException">It lies outside the workspace.</exception>
    public static string Relative(string root, string workingDirectory, string path)
    {
        if (path.Contains('\0') || path.Length == 0)
            throw new UsageException(path.Length == 0 ? "a path is empty" : $"'{PathRules.Printable(path)}' is not a path");
        string full = Path.GetFullPath(path, workingDirectory);
        string relative = Path.GetRelativePath(root, full).Replace(Path.DirectorySeparatorChar, '/');
        if (relative == "..") // GetRelativePath answers ".." alone for the parent.
            throw Outside(path, root);
        if (relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative))
            throw Outside(path, root);
        return relative == "." ? "" : relative.TrimEnd('/');
    }

    /// <summary>The folder of a path; empty for the root.</summary>
    public static string Parent(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "";

    /// <summary>The last segment.</summary>
    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Joins two parts, either of which may be empty.</summary>
    public static string Join(string folder, string name) => folder.Length == 0 ? name : name.Length == 0 ? folder : $"{folder}/{name}";

    /// <summary>True where <paramref name="path"/> is <paramref name="folder"/> or lies below it; everything lies below the empty path.</summary>
    public static bool IsWithin(string path, string folder) =>
        folder.Length == 0 || path == folder || (path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal));

    private static UsageException Outside(string path, string root) =>
        new($"'{PathRules.Printable(path)}' is outside the repository '{PathRules.Printable(root)}'");
}
