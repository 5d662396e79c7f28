using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>The packs of a remote (docs/format.md, "Packed remote").</summary>
internal sealed class PackedObjects
{
    private readonly PackDocuments _documents;
    private readonly PackIndexes _indexes;

    /// <param name="store">The remote's blobs.</param>
    /// <param name="remote">Its name, for messages.</param>
    /// <param name="copies">A directory for copies of indexes; null to keep none.</param>
    public PackedObjects(IBlobStore store, string remote, string? copies)
    {
        _documents = new PackDocuments(store, remote, copies);
        Directory = new PackDirectory(_documents, store.Traits.Connections);
        Reader = new PackReader(store, remote);
        _indexes = new PackIndexes(_documents, store.Traits.Connections);
        Presence = new PackPresence(store, _documents, Directory);
    }

    /// <summary>Knows where objects lie.</summary>
    public PackDirectory Directory { get; }

    /// <summary>Reads them.</summary>
    public PackReader Reader { get; }

    /// <summary>Knows which packs are there.</summary>
    public PackPresence Presence { get; }

    /// <summary>From now on, reads indexes from the remote, whatever copies are kept.</summary>
    public void IgnoreCopies() => _documents.IgnoreCopies = true;

    /// <summary>Begins to add packs.</summary>
    public PackPush BeginPush(bool zstd, long pruneFrom) => new(_documents, Directory, _indexes, zstd, pruneFrom);
}
