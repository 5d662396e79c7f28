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

    private const string Attributes = "?*.dv text eol=lf merge=dv";

    /// <summary>Writes <c>.dv/</c>, <c>.dvignore</c> and the line for pointers in <c>.gitattributes</c>, and stages them.</summary>
    /// <exception cref="UsageException">No Git repository (and not wanted without), inside of one (and not wanted there), or inside another repository.</exception>
    public async Task<InitResult> RunAsync(InitRequest request, CancellationToken cancellationToken)
    {
        string root = Path.GetFullPath(request.Directory);
        if (FileStat.TryGet(root) is not { Type: FileType.Directory })
            throw new UsageException($"'{root}' is not a folder");
        GitRepository? git = request.NoGit ? null : GitRepository.Discover(root, GitProgram.Find(host.ProgramSearchPath));
        if (FileStat.TryGet(Path.Combine(root, RepositoryLayout.FolderName)) is { } there)
        {
            return there.Type == FileType.Directory
                ? new InitResult(root, AlreadyThere: true, [])
                : throw new UsageException($"'{Path.Combine(root, RepositoryLayout.FolderName)}' is not a folder", "move it away");
        }
        if (git is null && !request.NoGit)
            throw new UsageException($"'{root}' is not in a Git repository", "make one with: git init; or go without Git: dv init --no-git");
        if (git is not null && git.WorkTree != root && !request.Subdirectory)
            throw new UsageException($"'{root}' is not the root of its Git repository '{git.WorkTree}'", "go there, or use: dv init --subdir");
        return await CreateAsync(root, git, request.Hash, cancellationToken);
    }

    private static async Task<InitResult> CreateAsync(string root, GitRepository? git, HashKind? hash, CancellationToken cancellationToken)
    {
        var created = new List<string>();
        try
        {
            Directory.CreateDirectory(Path.Combine(root, RepositoryLayout.FolderName));
            Write(root, ".dv/.gitignore", DotDvIgnore, created);
            Write(root, ".dvignore", IgnoreFile, created);
            if (git is not null)
                AddAttributes(root, created);
            // The configuration last: a folder without it was not finished, and init completes it.
            Write(root, ".dv/config", hash is { } kind ? $"[core]\n\thash = {kind.Name()}\n" : "", created);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(root, e);
        }
        RepositoryLayout layout = RepositoryLayout.For(root, git);
        Directory.CreateDirectory(layout.StateDirectory);
        if (git is not null)
        {
            string prefix = Path.GetRelativePath(git.WorkTree, root).Replace(Path.DirectorySeparatorChar, '/');
            await git.StageAsync([.. created.Select(f => prefix == "." ? f : $"{prefix}/{f}")], cancellationToken);
        }
        return new InitResult(root, AlreadyThere: false, created);
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
        const string Name = ".gitattributes";
        string path = Path.Combine(root, Name);
        if (FileStat.TryGet(path) is { Type: FileType.SymbolicLink })
            throw new UnsafePathException(path, "is a symbolic link, and is not written through");
        string old = File.Exists(path) ? File.ReadAllText(path) : "";
        if (old.Split('\n').Any(l => l.Trim() == Attributes))
            return;
        string separator = old.Length == 0 || old.EndsWith('\n') ? "" : "\n";
        AtomicFile.Write(path, Encoding.UTF8.GetBytes($"{old}{separator}{Attributes}\n"));
        created.Add(Name);
    }
}
