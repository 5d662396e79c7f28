using System.Text;
using DataVersion.Git;
using DataVersion.Hashing;
using DataVersion.Platform;

namespace DataVersion.Operations;

/// <summary>Makes a folder a repository.</summary>
public sealed class Init(HostEnvironment host)
{
    private const string IgnoreFile = """
        # What dv leaves out of datasets: gitignore syntax, at any level.
        .DS_Store
        Thumbs.db
        .ipynb_checkpoints/

        """;

    // What lies here where there is no writable .git.
    private const string DotDvIgnore = "/config.local\n/config.lock\n/index\n/verified\n/base\n/lock\n/remotes/\n/tmp/\n/runs/\n/cache/\n/corrupt/\n.dv-tmp.*\n";

    private const string ConfigFile = ".dv/config";
    private const string AttributesFile = ".gitattributes";
    private const string Attributes = "?*.dv text eol=lf merge=dv";

    /// <summary>Writes <c>.dv/</c>, <c>.dvignore</c> and the line for pointers in <c>.gitattributes</c>, and stages them.</summary>
    /// <exception cref="UsageException">No Git repository (and not wanted without), inside of one (and not wanted there), or inside another repository.</exception>
    public async Task<InitResult> RunAsync(InitRequest request, CancellationToken cancellationToken)
    {
        string root = Path.GetFullPath(request.Directory);
        if (FileStat.TryGet(root) is not { Type: FileType.Directory })
            throw new UsageException($"'{root}' is not a folder");
        GitRepository? git = request.NoGit ? null : GitRepository.Discover(root, GitProgram.Find(host.ProgramSearchPath));
        if (FileStat.TryGet(Path.Combine(root, RepositoryLayout.FolderName)) is { Type: not FileType.Directory })
            throw new UsageException($"'{Path.Combine(root, RepositoryLayout.FolderName)}' is not a folder", "move it away");
        if (IsComplete(root, git))
            return new InitResult(root, AlreadyThere: true, []);
        if (git is null && !request.NoGit)
            throw new UsageException($"'{root}' is not in a Git repository", "make one with: git init; or go without Git: dv init --no-git");
        if (git is not null && git.WorkTree != root && !request.Subdirectory)
            throw new UsageException($"'{root}' is not the root of its Git repository '{git.WorkTree}'", "go there, or use: dv init --subdir");
        return await CreateAsync(root, git, request.Hash, cancellationToken);
    }

    // The configuration is the last file that is written, and is staged with the others in one step: without it an init was interrupted, and goes on.
    private static bool IsComplete(string root, GitRepository? git) =>
        FileStat.TryGet(Path.Combine(root, ConfigFile)) is not null && (git is null || git.FindTracked([ToGitPath(git, root, ConfigFile)]).Count > 0);

    private async Task<InitResult> CreateAsync(string root, GitRepository? git, HashKind? hash, CancellationToken cancellationToken)
    {
        var created = new List<string>();
        try
        {
            string dotDv = Directory.CreateDirectory(Path.Combine(root, RepositoryLayout.FolderName)).FullName;
            long nowNs = host.Clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
            TempNames.RemoveStale(root, nowNs);
            TempNames.RemoveStale(dotDv, nowNs);
            FailPoint.Hit("init.begun");
            Write(root, ".dv/.gitignore", DotDvIgnore, created);
            Write(root, ".dvignore", IgnoreFile, created);
            if (git is not null)
                AddAttributes(root, created);
            Write(root, ConfigFile, hash is { } kind ? $"[core]\n\thash = {kind.Name()}\n" : "", created);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(root, e);
        }
        RepositoryLayout layout = RepositoryLayout.For(root, git);
        Directory.CreateDirectory(layout.StateDirectory);
        FailPoint.Hit("init.written");
        if (git is not null)
            await git.StageAsync([.. ToStage(git, root, created).Select(f => ToGitPath(git, root, f))], cancellationToken);
        return new InitResult(root, AlreadyThere: false, created);
    }

    // What this run wrote, and what an interrupted one wrote and did not come to stage.
    private static IEnumerable<string> ToStage(GitRepository git, string root, List<string> created)
    {
        IEnumerable<string> untracked = new[] { ".dv/.gitignore", ".dvignore", ConfigFile }.Where(f => git.FindTracked([ToGitPath(git, root, f)]).Count == 0);
        return created.Union(untracked).Append(AttributesFile).Distinct();
    }

    private static string ToGitPath(GitRepository git, string root, string file)
    {
        string prefix = Path.GetRelativePath(git.WorkTree, root).Replace(Path.DirectorySeparatorChar, '/');
        return prefix == "." ? file : $"{prefix}/{file}";
    }

    private static void Write(string root, string name, string text, List<string> created)
    {
        string path = Path.Combine(root, name);
        if (FileStat.TryGet(path) is not null)
            return;
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));
        created.Add(name);
    }

    private static void AddAttributes(string root, List<string> created)
    {
        string path = Path.Combine(root, AttributesFile);
        if (FileStat.TryGet(path) is { Type: FileType.SymbolicLink })
            throw new UnsafePathException(path, "is a symbolic link, and is not written through");
        string old = File.Exists(path) ? File.ReadAllText(path) : "";
        if (old.Split('\n').Any(l => l.Trim() == Attributes))
            return;
        string separator = old.Length == 0 || old.EndsWith('\n') ? "" : "\n";
        AtomicFile.Write(path, Encoding.UTF8.GetBytes($"{old}{separator}{Attributes}\n"));
        created.Add(AttributesFile);
    }
}
