using DataVersion.Platform;
using LibGit2Sharp;
using LibRepository = LibGit2Sharp.Repository;

namespace DataVersion.Git;

/// <summary>Git through LibGit2Sharp. It throws that library's exceptions: they mean that the git program should be asked.</summary>
internal sealed class LibGit2Backend(GitLayout layout, TimeProvider time, TimeSpan lockWait, bool anyOwner) : IGitBackend
{
    private const string TemporaryPrefix = "index.dv-";
    private const string TagPrefix = "refs/tags/";

    /// <summary>Whether an exception says that libgit2 cannot do it here, or is not there at all.</summary>
    internal static bool IsRefusal(Exception e) =>
        e is LibGit2SharpException or DllNotFoundException or TypeInitializationException or EntryPointNotFoundException or BadImageFormatException;

    /// <summary>The exception's cause in one line.</summary>
    internal static string Explain(Exception e) => e switch
    {
        RepositoryNotFoundException => "libgit2 does not open it (it may belong to another user)",
        LibGit2SharpException => $"libgit2 says: {e.Message.ReplaceLineEndings(" ")}",
        _ => "libgit2 cannot be loaded",
    };

    public string? Resolve(string revision)
    {
        using GitShadow opened = Open();
        return LibGit2Objects.FindCommit(opened.Repository, revision)?.Sha;
    }

    public IReadOnlyList<string> FindIgnored(IReadOnlyCollection<string> paths)
    {
        using GitShadow opened = Open();
        return [.. paths.Where(path => IsIgnored(opened.Repository.Ignore, path))];
    }

    public IReadOnlyList<GitChange> FindChanges(CancellationToken cancellation)
    {
        using GitShadow opened = Open();
        cancellation.ThrowIfCancellationRequested();
        // Without a word on renames libgit2 would ask the user's configuration.
        RepositoryStatus status = opened.Repository.RetrieveStatus(new StatusOptions
        {
            IncludeIgnored = false,
            IncludeUntracked = true,
            RecurseUntrackedDirs = true,
            DetectRenamesInIndex = false,
            DetectRenamesInWorkDir = false,
        });
        return [.. status.Where(entry => entry.State is not FileStatus.Unaltered)
            .Select(entry => new GitChange(entry.FilePath, KindOf(entry.State)))
            .OrderBy(change => change.Path, StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> FindTags(string commit)
    {
        using GitShadow opened = Open();
        return [.. opened.Repository.Refs
            .Select(reference => reference.CanonicalName)
            .Where(name => name.StartsWith(TagPrefix, StringComparison.Ordinal) && LibGit2Objects.FindCommit(opened.Repository, name)?.Sha == commit)
            .Select(name => name[TagPrefix.Length..])
            .Order(StringComparer.Ordinal)];
    }

    public IGitObjects OpenObjects(CancellationToken cancellation) => new LibGit2Objects(layout, Open());

    private GitShadow Open() => GitShadow.Open(layout, anyOwner);

    private static GitChangeKind KindOf(FileStatus state)
    {
        const FileStatus Deleted = FileStatus.DeletedFromIndex | FileStatus.DeletedFromWorkdir;
        bool isDeleted = (state & Deleted) != 0, isUntracked = (state & FileStatus.NewInWorkdir) != 0;
        return (state & FileStatus.Conflicted) != 0 ? GitChangeKind.Conflicted
            : (state & FileStatus.NewInIndex) != 0 ? GitChangeKind.Added
            : isDeleted && !isUntracked ? GitChangeKind.Deleted
            : isUntracked && !isDeleted ? GitChangeKind.Untracked
            : GitChangeKind.Modified;
    }

    /// <summary>
    /// Writes a copy of the index and renames it over the index while Git's lock is held. (libgit2's own way reads the index before it
    /// takes the lock, and would lose what others add in between.)
    /// </summary>
    public async Task StageAsync(IReadOnlyCollection<string> paths, CancellationToken cancellation)
    {
        string index = Path.Combine(layout.GitDirectory, "index");
        string temporary = Path.Combine(layout.GitDirectory, $"{TemporaryPrefix}{Guid.NewGuid():N}");
        using IndexLock held = await IndexLock.AcquireAsync(layout.GitDirectory, lockWait, time, cancellation);
        if (new FileInfo(index).LinkTarget is not null)
            throw new LibGit2SharpException("the index is a symbolic link");
        FailPoint.Hit("git.index-locked");
        DeleteLeftovers();
        try
        {
            bool exists = File.Exists(index);
            if (exists)
                CopyIndex(index, temporary);
            Write(temporary, paths, cancellation);
            if (exists && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(index));
            cancellation.ThrowIfCancellationRequested();
            FailPoint.Hit("git.index-written");
            File.Move(temporary, index, overwrite: true);
            FailPoint.Hit("git.index-replaced");
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(index, e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // In an ignored folder nothing can be un-ignored; libgit2 lets a '!name' win even there.
    private static bool IsIgnored(Ignore rules, string path)
    {
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (rules.IsPathIgnored(path[..(slash + 1)]))
                return true;
        }
        return rules.IsPathIgnored(path);
    }

    private void Write(string index, IReadOnlyCollection<string> paths, CancellationToken cancellation)
    {
        using var repository = new LibRepository(layout.WorkTree, new RepositoryOptions { IndexPath = index });
        foreach (string path in paths)
        {
            cancellation.ThrowIfCancellationRequested();
            if (File.Exists(Path.Combine(layout.WorkTree, path)))
                repository.Index.Add(path);
            else
                repository.Index.Remove(path);
        }
        repository.Index.Write();
    }

    // The copy keeps the index's time: entries whose file changed in the same instant are recognised by it, and by nothing else.
    private static void CopyIndex(string index, string copy)
    {
        File.Copy(index, copy);
        File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(index));
    }

    private void DeleteLeftovers()
    {
        foreach (string file in Directory.EnumerateFiles(layout.GitDirectory, TemporaryPrefix + "*"))
            File.Delete(file);
    }
}
