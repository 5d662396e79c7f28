using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Tracking.Models;
using DataVersion.Tracking.Pins;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Exports;

/// <summary>A file or folder as a revision's pointers name it, whatever lies in the workspace; its contents come from the cache, else from its remote.</summary>
public sealed class PinnedSource : IExportSource
{
    private readonly Repository _repository;
    private readonly PinnedItem _item;
    private readonly string _inside;
    private readonly ITransferMonitor _monitor;

    private PinnedSource(Repository repository, PinnedItem item, string inside, TreeEntry entry, ITransferMonitor monitor)
    {
        _repository = repository;
        _item = item;
        _inside = inside;
        _monitor = monitor;
        Entry = entry;
    }

    /// <summary>What it names.</summary>
    public TreeEntry Entry { get; }

    /// <summary>The commit whose pointer it is.</summary>
    public required string Commit { get; init; }

    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <inheritdoc/>
    public string ModelFile => Entry.IsDirectory ? ModelSignature.ModelFileName : Entry.Name;

    /// <summary>Finds and fetches it.</summary>
    /// <param name="repository">Where it is tracked, or a workspace that knows the remotes.</param>
    /// <param name="request">Which version is meant.</param>
    /// <param name="path">The tracked path, or one below it, as typed, and the folder that it starts from.</param>
    /// <param name="monitor">Told of the transfer.</param>
    /// <param name="cancellationToken">Stops; what is fetched is kept.</param>
    /// <exception cref="UsageException">Nothing is tracked there.</exception>
    public static async Task<PinnedSource> OpenAsync(
        Repository repository, PinRequest request, (string Path, string WorkingDirectory) path, ITransferMonitor monitor, CancellationToken cancellationToken)
    {
        string asked = WorkspacePath.Relative(repository.Layout.Root, path.WorkingDirectory, path.Path);
        Pin pin = new PinResolver(request).Resolve(cancellationToken).Pin
            ?? throw new UsageException($"which version of '{PathRules.Printable(asked)}' is meant?", "name a commit, tag or branch: PATH@REV");
        string revision = request.Revision ?? pin.DataCommit[..Math.Min(12, pin.DataCommit.Length)];
        PinnedItem item = pin.Items.FirstOrDefault(i => i.Path == asked || i.PointerPath == asked || (i.Pointer.IsDirectory && WorkspacePath.IsWithin(asked, i.Path)))
            ?? throw new UsageException($"'{PathRules.Printable(asked)}' is not tracked by dv in {PathRules.Printable(revision)}", "see: git ls-tree -r --name-only REV");
        string inside = asked.Length > item.Path.Length && asked != item.PointerPath ? asked[(item.Path.Length + 1)..] : "";
        await FetchAsync(repository, item, inside, monitor, cancellationToken);
        TreeEntry entry = item.Pointer.ToEntry(WorkspacePath.Name(item.Path));
        if (inside.Length > 0)
            entry = await repository.LocalTrees.FindAsync(entry.Id, inside, cancellationToken) ?? throw new UsageException($"'{PathRules.Printable(item.Path)}' holds no '{PathRules.Printable(inside)}' in {PathRules.Printable(revision)}");
        return new PinnedSource(repository, item, inside, entry, monitor) { Name = $"{path.Path}@{revision}", Commit = pin.DataCommit };
    }

    /// <summary>Reads the cache's trees, for one walk.</summary>
    internal TreeReader Trees => _repository.LocalTrees;

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken) => await OpenAsync(await FindAsync(path, cancellationToken), cancellationToken);

    /// <summary>Opens a file of it.</summary>
    internal async Task<Stream> OpenAsync(TreeEntry file, CancellationToken cancellationToken)
    {
        // Hashed first where nobody has yet: what is handed out is what the pointer names.
        await _repository.Cache.EnsureTrustedAsync(file.Key, cancellationToken);
        return _repository.Cache.Open(file.Key).OpenRead();
    }

    private async Task<TreeEntry> FindAsync(string path, CancellationToken cancellationToken)
    {
        if (!Entry.IsDirectory && path == Entry.Name)
            return Entry;
        string below = Entry.IsDirectory ? WorkspacePath.Join(_inside, path) : WorkspacePath.Join(WorkspacePath.Parent(_inside), path);
        TreeEntry? found = null;
        if (_item.Pointer.IsDirectory)
        {
            // Weights beside a model that was named by itself were not fetched with it.
            await FetchAsync(_repository, _item, below, _monitor, cancellationToken);
            found = await _repository.LocalTrees.FindAsync(_item.Pointer.Hash, below, cancellationToken);
        }
        return found is { IsDirectory: false } ? found
            : throw new UsageException($"'{PathRules.Printable(Name)}' lacks '{PathRules.Printable(path)}'", _item.Pointer.IsDirectory ? null : "track the model's folder instead of its file");
    }

    private static async Task FetchAsync(Repository repository, PinnedItem item, string inside, ITransferMonitor monitor, CancellationToken cancellationToken)
    {
        var transfer = new RootTransfer(repository, monitor);
        if (await transfer.IsCachedAsync(item.Pointer, inside, cancellationToken))
            return;
        RemoteSettings remote = repository.Settings.RequireRemote(item.Pointer.Remote);
        TransferResult result = await transfer.FetchAsync(remote, [new WantedRoot(item.Pointer.ToRoot(item.Path), inside)], cancellationToken);
        if (result.Failed is [{ } failed, ..])
            throw new DataVersionException(failed.Kind, failed.Error, failed.Kind == ErrorKind.Missing ? "push it from where it was added: dv push" : null);
    }
}
