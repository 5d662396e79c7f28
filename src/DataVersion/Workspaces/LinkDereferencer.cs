using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Replaces symbolic links that leave a dataset by copies of what they point to, so that the dataset is whole by itself and the workspace
/// is what the pointer says (<c>dv add --dereference</c>). Links that stay inside are kept.
/// </summary>
internal static class LinkDereferencer
{
    private const int MaxDepth = 40;

    /// <summary>Replaces the links at and below <paramref name="path"/>.</summary>
    /// <exception cref="FileAccessException">A link leads nowhere, or what it points to cannot be read.</exception>
    public static void Run(string root, string path, CancellationToken cancellationToken)
    {
        string full = Path.Combine(root, path);
        switch (FileStat.TryGet(full)?.Type)
        {
            case FileType.SymbolicLink:
                Replace(full, 0, cancellationToken);
                break;
            case FileType.Directory:
                Visit(full, full, cancellationToken);
                break;
            default:
                break;
        }
    }

    private static void Visit(string dataset, string folder, CancellationToken cancellationToken)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Another process's half of a copy, or what is left of a killed one's.
            if (Path.GetFileName(entry).StartsWith(TempNames.Prefix, StringComparison.Ordinal))
                continue;
            FileType? type = FileStat.TryGet(entry)?.Type;
            if (type == FileType.Directory)
                Visit(dataset, entry, cancellationToken);
            else if (type == FileType.SymbolicLink && !StaysInside(dataset, entry))
                Replace(entry, 0, cancellationToken);
        }
    }

    private static bool StaysInside(string dataset, string link) =>
        PathRules.LinkStaysInside(Path.GetRelativePath(dataset, link).Replace(Path.DirectorySeparatorChar, '/'), new FileInfo(link).LinkTarget ?? "");

    private static void Replace(string link, int depth, CancellationToken cancellationToken)
    {
        string temporary = Path.Combine(Path.GetDirectoryName(link)!, TempNames.Create("dereference"));
        try
        {
            FileSystemInfo target = new FileInfo(link).ResolveLinkTarget(returnFinalTarget: true) ?? throw new FileAccessException(link, "is a symbolic link that leads nowhere");
            Copy(target.FullName, temporary, depth, cancellationToken);
            FailPoint.Hit("dereference.copied");
            MoveOver(temporary, link);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(link, e);
        }
        finally
        {
            if (FileStat.TryGet(temporary)?.Type == FileType.Directory)
                Directory.Delete(temporary, recursive: true);
            else
                File.Delete(temporary);
        }
    }

    private static void Copy(string source, string destination, int depth, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (depth > MaxDepth)
            throw new FileAccessException(source, $"symbolic links lead through more than {MaxDepth} folders", "is there a link that points to a folder above itself?");
        if (!Directory.Exists(source))
        {
            if (!File.Exists(source))
                throw new FileAccessException(source, "no such file or directory");
            File.Copy(source, destination);
            return;
        }
        Directory.CreateDirectory(destination);
        foreach (string entry in Directory.EnumerateFileSystemEntries(source))
        {
            FileSystemInfo? target = FileStat.TryGet(entry)?.Type == FileType.SymbolicLink ? new FileInfo(entry).ResolveLinkTarget(returnFinalTarget: true) : null;
            Copy(target?.FullName ?? entry, Path.Combine(destination, Path.GetFileName(entry)), depth + 1, cancellationToken);
        }
    }

    private static void MoveOver(string source, string destination)
    {
        if (!Directory.Exists(source))
        {
            File.Move(source, destination, overwrite: true);
            return;
        }
        // A folder takes a link's place in one step only by trading places with it. Elsewhere the copy is whole before the link goes.
        if (AtomicFile.TryExchange(source, destination))
            return;
        File.Delete(destination);
        Directory.Move(source, destination);
    }
}
