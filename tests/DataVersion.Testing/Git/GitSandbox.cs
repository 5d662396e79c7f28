using System.Text;
using DataVersion.Git;
using LibGit2Sharp;

namespace DataVersion.Testing.Git;

/// <summary>A temporary folder with a Git repository in <see cref="Root"/>, and a git that reads nobody's configuration.</summary>
public sealed class GitSandbox : IDisposable
{
    private static readonly string Empty = Directory.CreateTempSubdirectory("dv-test-none-").FullName;
    private readonly string _folder = Directory.CreateTempSubdirectory("dv-test-git-").FullName;

    static GitSandbox()
    {
        // libgit2 reads HOME by itself; without this a developer's own settings would decide what tests see.
        foreach (ConfigurationLevel level in new[] { ConfigurationLevel.Global, ConfigurationLevel.Xdg, ConfigurationLevel.System })
            GlobalSettings.SetConfigSearchPaths(level, Empty);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Empty, true);
    }

    public GitSandbox(params string[] initArguments)
    {
        Root = Path.Combine(_folder, "repo");
        Directory.CreateDirectory(Root);
        Program = Find(Variables);
        Git(["init", "-q", "-b", "main", .. initArguments]);
    }

    /// <summary>Where the git program is; tests need one.</summary>
    public static string GitPath { get; } = Find([]).Path;

    /// <summary>The git program with variables of its own.</summary>
    internal static GitProgram Find(Dictionary<string, string> variables) =>
        GitProgram.Find(Environment.GetEnvironmentVariable("PATH"), variables) ?? throw new InvalidOperationException("tests need git");

    /// <summary>The work tree.</summary>
    public string Root { get; }

    /// <summary>The git program without the user's configuration.</summary>
    public GitProgram Program { get; }

    /// <summary>What keeps git from the user's configuration.</summary>
    public static Dictionary<string, string> Variables { get; } = new()
    {
        ["GIT_CONFIG_NOSYSTEM"] = "1",
        ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        ["HOME"] = Empty,
        ["GIT_AUTHOR_NAME"] = "A",
        ["GIT_AUTHOR_EMAIL"] = "a@example.org",
        ["GIT_COMMITTER_NAME"] = "A",
        ["GIT_COMMITTER_EMAIL"] = "a@example.org",
        ["GIT_ALLOW_PROTOCOL"] = "file",
    };

    /// <summary>Runs git in the work tree and returns what it printed; fails where git does.</summary>
    public string Git(params string[] arguments) => GitIn(Root, arguments);

    /// <summary>Runs git in any folder.</summary>
    public string GitIn(string folder, params string[] arguments)
    {
        (int exitCode, string output, string error) = TryGitIn(folder, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {error}");
    }

    /// <summary>Runs git and returns how it ended.</summary>
    public (int ExitCode, string Output, string Error) TryGitIn(string folder, params string[] arguments)
    {
        GitResult result = Program.Run(folder, arguments, default, CancellationToken.None);
        return (result.ExitCode, Encoding.UTF8.GetString(result.Output), result.Error);
    }

    /// <summary>Writes a file below the work tree, with its folders.</summary>
    public void Write(string path, string content)
    {
        string file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    /// <summary>Writes, adds and commits one file; returns the commit.</summary>
    public string Commit(string path, string content)
    {
        Write(path, content);
        Git("--literal-pathspecs", "add", "-f", "--", path);
        Git("commit", "-q", "--allow-empty", "-m", "x");
        return Git("rev-parse", "HEAD").Trim();
    }

    /// <summary>A folder beside the work tree, not made.</summary>
    public string Beside(string name) => Path.Combine(_folder, name);

    /// <summary>The paths in the index, sorted as Git does.</summary>
    public string[] Staged(string? folder = null) =>
        GitIn(folder ?? Root, "ls-files", "-z").Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The repository, through LibGit2Sharp or (<paramref name="useLibrary"/> false) through the program.</summary>
    public GitRepository Open(bool useLibrary = true, bool withProgram = true, string? folder = null, TimeSpan? lockWait = null)
    {
        GitProgram? program = withProgram ? Program : null;
        return GitRepository.Open(folder ?? Root, program, useLibrary, TimeProvider.System, lockWait ?? TimeSpan.FromMinutes(5));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, true);
}
