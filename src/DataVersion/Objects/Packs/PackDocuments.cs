using System.Collections.Concurrent;
using DataVersion.Hashing;
using DataVersion.Platform;
using DataVersion.Storage;

namespace DataVersion.Objects.Packs;

/// <summary>Reads and writes the catalogs and indexes of a remote. Indexes never change: a copy of each is kept and read next time.</summary>
/// <param name="store">The remote's blobs.</param>
/// <param name="remote">Its name, for messages.</param>
/// <param name="copies">A directory for the copies; null to keep none.</param>
internal sealed class PackDocuments(IBlobStore store, string remote, string? copies)
{
    // Names of packs and indexes under which something else lies: size alone does not tell.
    private readonly ConcurrentDictionary<string, bool> _corrupt = new(StringComparer.Ordinal);

    /// <summary>Read what the remote has, whatever copies are kept: a copy does not tell whether it is still there.</summary>
    public bool IgnoreCopies { get; set; }

    /// <summary>The indexes that a catalog names; null where there is no catalog of that name.</summary>
    /// <exception cref="InvalidFormatException">It is something else.</exception>
    public async Task<IReadOnlyList<PackIndexRef>?> TryReadCatalogAsync(string name, CancellationToken cancellationToken)
    {
        string title = $"{remote}: {name}";
        try
        {
            return await ReadAsync();
        }
        catch (InvalidFormatException)
        {
            // Once more: the way here may have damaged it.
            return await ReadAsync();
        }
        catch (RemoteException e) when (e.IsDenied)
        {
            // Without the right to list, S3 answers 403 for what is not there. Reading an object will tell.
            return null;
        }

        async Task<IReadOnlyList<PackIndexRef>?> ReadAsync() =>
            await BoundedReader.TryReadAsync(store, name, PackLimits.MaxDocument, title, cancellationToken) is { } bytes ? PackCatalog.Parse(bytes, title) : null;
    }

    /// <summary>Writes the catalog of a root.</summary>
    public async Task WriteCatalogAsync(RootKey root, IEnumerable<PackIndexRef> indexes, CancellationToken cancellationToken)
    {
        byte[] bytes = PackCatalog.Write(indexes);
        // Every pusher's catalog is whole by itself, and the newest one knows of what was healed.
        await store.WriteAsync(ObjectLayout.CatalogOf(root), new BytesContent(bytes), WriteMode.Overwrite, cancellationToken);
    }

    /// <summary>What an index lists.</summary>
    /// <exception cref="ObjectMissingException">It is gone.</exception>
    /// <exception cref="ObjectCorruptException">It has other bytes.</exception>
    /// <exception cref="InvalidFormatException">Its bytes are no index.</exception>
    /// <exception cref="RemoteException">It may not be read, or is gone where that is the answer.</exception>
    public async Task<IReadOnlyList<PackListing>> ReadIndexAsync(PackIndexRef index, CancellationToken cancellationToken)
    {
        string name = ObjectLayout.PackIndexOf(index.Id);
        byte[]? bytes = TryReadCopy(index);
        if (bytes is null)
        {
            bytes = await FetchIndexAsync(index.Id, name, cancellationToken);
            ObjectId actual = IdentityHash.Of(HashKind.Sha256, bytes);
            if (actual != index.Id)
            {
                // Once more: the way here may have damaged it.
                bytes = await FetchIndexAsync(index.Id, name, cancellationToken);
                actual = IdentityHash.Of(HashKind.Sha256, bytes);
            }
            if (actual != index.Id)
            {
                NoteCorrupt(name);
                throw new ObjectCorruptException(index.Id.ToString(), actual.ToString(), $"as an index of packs on remote '{remote}'", ObjectStore.SendAgainHint);
            }
            Keep(index.Id, bytes);
        }
        IReadOnlyList<PackListing> packs = PackListing.ParseIndex(bytes, $"{remote}: {name}");
        // Who looks for a tree reads no indexes of contents: it would not be found there.
        if (!index.Trees && packs.Any(p => p.Entries.Any(e => e.Key.Kind == ObjectKind.Tree)))
            throw new InvalidFormatException($"{remote}: {name}", null, "lists trees, and a catalog calls it an index of contents", ObjectStore.SendAgainHint, ErrorKind.Corrupt);
        return packs;
    }

    private async Task<byte[]> FetchIndexAsync(ObjectId id, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await BoundedReader.TryReadAsync(store, name, PackLimits.MaxDocument, $"{remote}: {name}", cancellationToken)
                ?? throw new ObjectMissingException(id.ToString(), $"(an index of packs) on remote '{remote}'", null, ObjectStore.SendAgainHint);
        }
        catch (RemoteException e) when (e.IsDenied)
        {
            // Without the right to list, S3 answers 403 for what is not there.
            throw new RemoteException(remote, $"{name}, an index of packs, is missing, or reading it is denied", ObjectStore.SendAgainHint, e) { IsDenied = true };
        }
    }

    /// <summary>Writes an index and returns its name.</summary>
    public async Task<PackIndexRef> WriteIndexAsync(bool trees, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ObjectId id = IdentityHash.Of(HashKind.Sha256, bytes.Span);
        await PutAsync(ObjectLayout.PackIndexOf(id), new BytesContent(bytes), cancellationToken);
        Keep(id, bytes);
        return new PackIndexRef(trees, bytes.Length, id);
    }

    /// <summary>Stores what its name describes, unless it is there with that size.</summary>
    /// <returns>Whether it was stored.</returns>
    public async Task<bool> PutAsync(string name, IContent content, CancellationToken cancellationToken)
    {
        // Asked first: an answer costs less than sending what an interrupted push has sent.
        BlobInfo? there = await store.StatAsync(name, cancellationToken);
        if (there?.Size == content.Length && !_corrupt.ContainsKey(name))
            return false;
        await store.WriteAsync(name, content, there is null ? WriteMode.IfAbsent : WriteMode.Overwrite, cancellationToken);
        _corrupt.TryRemove(name, out _);
        return true;
    }

    /// <summary>Notes a blob that is not what its name says: it is written again, whatever its size.</summary>
    public void NoteCorrupt(string name) => _corrupt[name] = true;

    /// <summary>Whether there is a blob of that name.</summary>
    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => await store.StatAsync(name, cancellationToken) is not null;

    private byte[]? TryReadCopy(PackIndexRef index)
    {
        if (copies is null || IgnoreCopies)
            return null;
        try
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(copies, index.Id.Hex));
            return IdentityHash.Of(HashKind.Sha256, bytes) == index.Id ? bytes : null;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            return null;
        }
    }

    private void Keep(ObjectId id, ReadOnlyMemory<byte> bytes)
    {
        if (copies is null)
            return;
        try
        {
            AtomicFile.Write(Path.Combine(copies, id.Hex), bytes.Span);
        }
        catch (FileAccessException)
        {
            // A read-only state folder, or a full disk: it is read from the remote again.
        }
    }
}
