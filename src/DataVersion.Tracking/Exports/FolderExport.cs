using System.Text;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Exports;

/// <summary>What was copied.</summary>
/// <param name="Folder">The folder, absolute.</param>
/// <param name="Files">Files and links.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="IsNew">False where all of it was there already.</param>
public sealed record FolderResult(string Folder, long Files, long Bytes, bool IsNew);

/// <summary>Copies a folder of a pinned version to anywhere, each object checked against its id: nothing is linked, tracked or remembered.</summary>
/// <param name="output">The folder, absolute. Nothing that lies there is replaced: it may be anything.</param>
public sealed class FolderExport(string output)
{
    /// <summary>Exports.</summary>
    /// <exception cref="RefusedException">Something else lies there; nothing was changed.</exception>
    public async Task<FolderResult> RunAsync(PinnedSource source, CancellationToken cancellationToken)
    {
        string parent = Path.GetDirectoryName(output) ?? throw new UsageException($"'{PathRules.Printable(output)}' cannot be exported to", "name a folder: --output DIR");
        try
        {
            using var staged = new StagedFolder(parent);
            (long files, long bytes) = source.Entry.IsDirectory
                ? await CopyFolderAsync(staged, source, source.Entry, "", cancellationToken)
                : await CopyFileAsync(staged, source, source.Entry, source.Entry.Name, cancellationToken);
            bool isThere = staged.IsAt(output, force: false, "choose another folder with --output, or remove that one first");
            if (!isThere)
                staged.MoveTo(output);
            return new FolderResult(output, files, bytes, !isThere);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(output, e);
        }
    }

    private static async Task<(long Files, long Bytes)> CopyFolderAsync(
        StagedFolder staged, PinnedSource source, TreeEntry folder, string path, CancellationToken cancellationToken)
    {
        (long files, long bytes) = (0, 0);
        if (path.Length > 0)
            staged.AddFolder(path);
        foreach (TreeEntry entry in await source.Trees.ReadAsync(folder.Id, new Declared(folder.Size, folder.Files), path, cancellationToken))
        {
            string own = WorkspacePath.Join(path, entry.Name);
            (long moreFiles, long moreBytes) = entry.IsDirectory
                ? await CopyFolderAsync(staged, source, entry, own, cancellationToken)
                : await CopyFileAsync(staged, source, entry, own, cancellationToken);
            files += moreFiles;
            bytes += moreBytes;
        }
        return (files, bytes);
    }

    private static async Task<(long Files, long Bytes)> CopyFileAsync(
        StagedFolder staged, PinnedSource source, TreeEntry entry, string path, CancellationToken cancellationToken)
    {
        await using Stream content = await source.OpenAsync(entry, cancellationToken);
        if (entry.Kind != TreeEntryKind.Link)
            return (1, (await staged.CopyAsync(content, path, entry.Kind == TreeEntryKind.Executable, cancellationToken)).Bytes);
        using var text = new StreamReader(content, Encoding.UTF8);
        string target = await text.ReadToEndAsync(cancellationToken);
        if (target.Contains('\0') || !PathRules.LinkStaysInside(path, target))
            throw new UnsafePathException(path, $"the dataset holds a symbolic link to '{PathRules.Printable(target)}', which leaves it");
        staged.AddLink(path, target);
        return (1, entry.Size ?? 0);
    }
}
