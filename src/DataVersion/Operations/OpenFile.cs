using System.Text;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Finds a tracked file, or one inside a tracked folder, in a version, to read from it. Neither the workspace nor other files are fetched or touched.</summary>
public sealed class OpenFile(Repository repository, ITransferMonitor monitor)
{
    // Blocks of 8 MiB under way at once: enough to fill a line, few enough for small memories.
    private const int UsualReadAhead = 4;
    private const int MostReadAhead = 16;

    /// <summary>Finds it. What lies in a tracked folder is found by its trees, which come from the remote where the cache lacks them. Symbolic links are followed.</summary>
    /// <exception cref="UsageException">Nothing is tracked there, or it is a folder.</exception>
    /// <exception cref="ObjectMissingException">A tree that leads there is neither here nor on the remote.</exception>
    /// <exception cref="ObjectCorruptException">Such a tree has other bytes than its id says.</exception>
    public async Task<VersionedFile> RunAsync(OpenFileRequest request, CancellationToken cancellationToken)
    {
        Target target = VersionOutputs.Find(repository, request.Revision, (request.Path, request.WorkingDirectory), cancellationToken);
        var remotes = new LazyRemotes(repository, request.Remote, new TransferLimits(request.Jobs, request.LimitRate), monitor);
        var small = new SmallObjects(repository.Cache);
        try
        {
            (string path, TreeEntry entry) = await FindAsync(target, small, remotes, request.Path, cancellationToken);
            if (entry.IsDirectory)
                throw VersionOutputs.IsFolder(request.Path);
            var content = new RootKey(entry.Key, entry.BlocksId.IsEmpty ? null : entry.BlocksId, entry.Size, 1, path);
            var reader = new ContentReader(repository.Cache, small, content, remotes.For(target.Output.Pointer))
            {
                AtOnce = Math.Clamp(request.Jobs ?? repository.Settings.Jobs ?? UsualReadAhead, 1, MostReadAhead),
            };
            return new VersionedFile(reader, small, remotes) { Path = path, Id = entry.Id, Executable = entry.Kind == TreeEntryKind.Executable };
        }
        catch
        {
            await small.DisposeAsync();
            remotes.Dispose();
            throw;
        }
    }

    private static async Task<(string Path, TreeEntry Entry)> FindAsync(
        Target target, SmallObjects small, LazyRemotes remotes, string asked, CancellationToken cancellationToken)
    {
        (TrackedOutput output, string inside) = target;
        TreeEntry root = output.Pointer.ToEntry(WorkspacePath.Name(output.Path));
        if (inside.Length == 0)
            return (output.Path, root);
        var trees = new TreePath(small.Trees(remotes.For(output.Pointer)), async (link, token) => Encoding.UTF8.GetString(
            await small.ReadAsync(link.Key, TreeLimits.MaxLinkBytes, remotes.For(output.Pointer), token)));
        (string Path, TreeEntry Entry) found = await trees.FindAsync(root, inside, cancellationToken)
            ?? throw new UsageException($"'{PathRules.Printable(asked)}' is not in '{PathRules.Printable(output.Path)}'", $"what is: dv ls -R {PathRules.Printable(output.Path)}");
        return (WorkspacePath.Join(output.Path, found.Path), found.Entry);
    }
}

/// <summary>Which file of which version.</summary>
public sealed record OpenFileRequest
{
    /// <summary>A tracked file, its pointer, or a file inside a tracked folder.</summary>
    public required string Path { get; init; }

    /// <summary>Absolute folder that a relative path starts from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>A commit as Git names it, whose pointers count; null for those of the workspace.</summary>
    public string? Revision { get; init; }

    /// <summary>The remote's name; null for the pointer's own or the default one.</summary>
    public string? Remote { get; init; }

    /// <summary>The most requests, and blocks of 8 MiB read ahead, at once; null for four blocks, and as many requests as suit the remote.</summary>
    public int? Jobs { get; init; }

    /// <summary>The most bytes a second; null for no limit.</summary>
    public long? LimitRate { get; init; }
}
