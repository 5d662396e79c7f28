using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>The folders that relative paths and <c>~</c> in settings stand for. All absolute.</summary>
public sealed record ConfigPlaces
{
    /// <summary>The folder that holds <c>.dv</c>: where relative paths in the repository's files start.</summary>
    public required string RepositoryRoot { get; init; }

    /// <summary>Where relative paths on the command line and in the environment start.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>What <c>~</c> stands for in the user's own files; null where there is no home.</summary>
    public string? HomeDirectory { get; init; }

    /// <summary>The absolute path that a value stands for. <c>~</c> is not expanded in what comes with the repository.</summary>
    /// <exception cref="UsageException">The path cannot be resolved from that place.</exception>
    internal string Resolve(string path, ConfigScope scope, string where)
    {
        if (path.Length == 0 || path.Any(char.IsControl))
            throw new UsageException($"{where}: '{PathRules.Printable(path)}' is not a path");
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
        {
            if (scope == ConfigScope.Repository)
                throw new UsageException($"{where}: '~' is another folder for everybody who has this repository", "write a path, or use --local");
            string home = HomeDirectory
                ?? throw new UsageException($"{where}: '~' stands for a home directory, and there is none", "write the whole path");
            return Path.GetFullPath(path.Length > 2 ? path[2..] : ".", home);
        }
        if (Path.IsPathFullyQualified(path))
            return Path.GetFullPath(path);
        return scope switch
        {
            ConfigScope.CommandLine or ConfigScope.Environment => Path.GetFullPath(path, WorkingDirectory),
            ConfigScope.Local or ConfigScope.Repository => Path.GetFullPath(path, RepositoryRoot),
            _ => throw new UsageException(
                $"{where}: '{PathRules.Printable(path)}' is not absolute",
                "relative paths have a meaning only in a repository's own configuration"),
        };
    }
}
