using DataVersion.Platform;
using LibGit2Sharp;
using LibRepository = LibGit2Sharp.Repository;

namespace DataVersion.Git;

/// <summary>
/// libgit2 refuses a repository that another user owns, as one mounted into a container is, and LibGit2Sharp has no way to tell it otherwise.
/// So it is given a temporary repository of this user, which borrows the other one's objects, index and files, and has copies of the few
/// files that name commits and rules. Nothing that the other repository's configuration names is ever run by libgit2.
/// </summary>
internal sealed class GitShadow : IDisposable
{
    private static readonly string[] SharedFiles = ["config", "packed-refs", "shallow", "info/exclude", "info/attributes"];

    private readonly string? _folder;

    private GitShadow(LibRepository repository, string? folder = null)
    {
        Repository = repository;
        _folder = folder;
    }

    /// <summary>What to ask.</summary>
    internal LibRepository Repository { get; }

    /// <summary>Opens a repository: itself where libgit2 does that, else, where any owner will do, through a shadow.</summary>
    internal static GitShadow Open(GitLayout layout, bool anyOwner)
    {
        try
        {
            return new GitShadow(new LibRepository(layout.WorkTree));
        }
        catch (LibGit2SharpException) when (anyOwner)
        {
            return OpenShadow(layout);
        }
    }

    public void Dispose()
    {
        Repository.Dispose();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    private static GitShadow OpenShadow(GitLayout layout)
    {
        string folder = Directory.CreateTempSubdirectory("dv-git-").FullName;
        try
        {
            string git = Path.Combine(folder, ".git");
            Fill(layout, git);
            var options = new RepositoryOptions { WorkingDirectoryPath = layout.WorkTree, IndexPath = Path.Combine(layout.GitDirectory, "index") };
            return new GitShadow(new LibRepository(git, options), folder);
        }
        catch (Exception e)
        {
            Directory.Delete(folder, recursive: true);
            if (SystemErrors.IsFileError(e))
                throw SystemErrors.From(layout.GitDirectory, e);
            throw;
        }
    }

    private static void Fill(GitLayout layout, string git)
    {
        Directory.CreateDirectory(Path.Combine(git, "objects", "info"));
        Directory.CreateDirectory(Path.Combine(git, "refs"));
        Directory.CreateDirectory(Path.Combine(git, "info"));
        File.WriteAllText(Path.Combine(git, "objects", "info", "alternates"), Path.Combine(layout.CommonDirectory, "objects") + "\n");
        foreach (string name in SharedFiles)
            Copy(Path.Combine(layout.CommonDirectory, name), Path.Combine(git, name));
        CopyReferences(layout.CommonDirectory, git);
        if (layout.GitDirectory != layout.CommonDirectory)
            CopyReferences(layout.GitDirectory, git);
        Copy(Path.Combine(layout.GitDirectory, "HEAD"), Path.Combine(git, "HEAD"));
    }

    private static void CopyReferences(string from, string to)
    {
        string references = Path.Combine(from, "refs");
        if (!Directory.Exists(references))
            return;
        foreach (string file in Directory.EnumerateFiles(references, "*", SearchOption.AllDirectories))
            Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    private static void Copy(string from, string to)
    {
        if (!File.Exists(from))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        // Its bytes alone: the mode may be one that this user could not delete or read.
        File.WriteAllBytes(to, File.ReadAllBytes(from));
    }
}
