using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Gives files that were just taken into the cache the link kind that the user configured, where taking them in has not done so: with
/// <c>symlink</c>, and with <c>hardlink</c> for contents that the cache had already. A file that was edited meanwhile is left alone.
/// </summary>
internal sealed class Relinker(string root, LocalCache cache, Linker linker, FileIndex index)
{
    /// <summary>Replaces the files whose link is not the wanted one.</summary>
    public async Task RunAsync(
        IEnumerable<(string Path, WorkspaceNode Node, AdoptedFile File)> adopted, Func<string> tempDirectory, CancellationToken cancellationToken)
    {
        // Clones and copies are as good as each other here: both are the workspace's own.
        if (cache.Links.Count == 0 || cache.Links[0] is not (LinkKind.Symlink or LinkKind.Hardlink))
            return;
        foreach ((string path, WorkspaceNode node, AdoptedFile file) in adopted.Where(a => a.File.Link != cache.Links[0] && !a.Node.Stat.IsExecutable))
        {
            try
            {
                using SafeDirectory folder = SafeDirectory.Open(root, WorkspacePath.Parent(path), create: false);
                PlacedFile placed = await linker.PlaceAsync(
                    file.Content.Id, file.Content.Size, executable: false, folder, WorkspacePath.Name(path), tempDirectory(), ReplaceGuard.Unchanged(file.Stat), cancellationToken);
                if (placed.Stat.Type == FileType.File && index.TryGet(path, out IndexEntry entry))
                    index.Set(path, entry with { Stamp = placed.Stat.Stamp, Settled = placed.IsSettled });
                else
                    index.Remove(path);
            }
            catch (FileChangedException)
            {
                // The edit is newer than what was added: status will show it.
            }
        }
    }
}
