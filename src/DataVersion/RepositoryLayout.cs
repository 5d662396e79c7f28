using System.Security.Cryptography;
using System.Text;
using DataVersion.Git;
using DataVersion.Platform;

namespace DataVersion;

/// <summary>Where everything of a repository lies (docs/format.md, "Where things lie").</summary>
public sealed record RepositoryLayout
{
    /// <summary>Name of the folder that makes a repository.</summary>
    public const string FolderName = ".dv";

    /// <summary>The workspace: the folder that holds <c>.dv</c>.</summary>
    public required string Root { get; init; }

    /// <summary>What this worktree alone knows: index, base, local configuration, temporary files.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The cache unless configured otherwise; worktrees of one Git repository share it.</summary>
    public required string DefaultCacheDirectory { get; init; }

    /// <summary>The Git repository around it, or null.</summary>
    public required GitRepository? Git { get; init; }

    /// <summary>The folder <c>.dv</c>.</summary>
    public string DotDv => Path.Combine(Root, FolderName);

    /// <summary>Configuration that Git tracks; not trusted.</summary>
    public string ConfigFile => Path.Combine(DotDv, "config");

    /// <summary>Configuration of this clone alone.</summary>
    public string LocalConfigFile => Path.Combine(StateDirectory, "config.local");

    /// <summary>Memory of (path, stat) → id.</summary>
    public string IndexFile => Path.Combine(StateDirectory, "index");

    /// <summary>Memory of (folder, all that is listed in it) → tree.</summary>
    public string FoldersFile => Path.Combine(StateDirectory, "folders");

    /// <summary>Which cache objects were seen to be good.</summary>
    public string VerifiedFile => Path.Combine(StateDirectory, "verified");

    /// <summary>What was last placed or added.</summary>
    public string BaseFile => Path.Combine(StateDirectory, "base");

    /// <summary>The short lock over pointers, base and index.</summary>
    public string LockFile => Path.Combine(StateDirectory, "lock");

    /// <summary>Held while a configuration file is edited.</summary>
    public string ConfigLockFile => Path.Combine(StateDirectory, "config.lock");

    /// <summary>Notes on what remotes were seen to have.</summary>
    public string RemotesDirectory => Path.Combine(StateDirectory, "remotes");

    /// <summary>Temporary files on the file system of the workspace's root.</summary>
    public string TempDirectory => Path.Combine(StateDirectory, "tmp");

    /// <summary>Finds the repository that <paramref name="directory"/> is in: the nearest <c>.dv</c> upwards, not beyond the Git worktree's root.</summary>
    /// <exception cref="NoRepositoryException">There is none.</exception>
    public static RepositoryLayout Find(string directory, string programSearchPath)
    {
        string start = Path.GetFullPath(directory);
        GitRepository? git = GitRepository.Discover(start, GitProgram.Find(programSearchPath));
        for (string? at = start; at is not null; at = Path.GetDirectoryName(at))
        {
            FileStat? stat = FileStat.TryGet(Path.Combine(at, FolderName));
            if (stat is { Type: FileType.SymbolicLink })
                throw new UnsafePathException(Path.Combine(at, FolderName), "a symbolic link in place of the .dv folder is not followed");
            if (stat is { Type: FileType.Directory })
                return For(at, git);
            if (git is not null && at == git.WorkTree)
                break;
        }
        throw new NoRepositoryException(start);
    }

    /// <summary>The layout of a repository at <paramref name="root"/>, whether its files exist or not.</summary>
    public static RepositoryLayout For(string root, GitRepository? git)
    {
        string dotDv = Path.Combine(root, FolderName);
        if (git is null || !TryState(git, root, out string? state))
            return new RepositoryLayout { Root = root, Git = git, StateDirectory = dotDv, DefaultCacheDirectory = Path.Combine(dotDv, "cache") };
        return new RepositoryLayout
        {
            Root = root,
            Git = git,
            StateDirectory = state,
            DefaultCacheDirectory = Path.Combine(git.CommonDirectory, "dv", "cache"),
        };
    }

    private static bool TryState(GitRepository git, string root, out string state)
    {
        state = Path.Combine(git.GitDirectory, "dv");
        if (root != git.WorkTree)
        {
            // Several repositories below one Git worktree: each has a state of its own, named by its place.
            string place = Path.GetRelativePath(git.WorkTree, root).Replace('\\', '/');
            state = Path.Combine(state, "sub", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)))[..16]);
        }
        try
        {
            if (FileStat.TryGet(Path.Combine(git.GitDirectory, "dv")) is { Type: FileType.SymbolicLink })
                throw new UnsafePathException(Path.Combine(git.GitDirectory, "dv"), "dv keeps its state in a folder, not in a symbolic link");
            Directory.CreateDirectory(state);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A read-only .git (a container image): the state goes into .dv, which ignores it.
            return false;
        }
    }
}
