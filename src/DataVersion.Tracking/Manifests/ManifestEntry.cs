using DataVersion.Hashing;

namespace DataVersion.Tracking.Manifests;

/// <summary>One entry of a manifest: an item, followed by the files of that item. Both have a path relative to the workspace, with '/'.</summary>
/// <param name="Path">The path, relative to the workspace, with '/'.</param>
/// <param name="Hash">What its bytes, or its tree, hash to.</param>
public abstract record ManifestEntry(string Path, ObjectId Hash);

/// <summary>Data of a run: what one pointer names. The files that follow belong to it, up to the next item.</summary>
/// <param name="Path">The tracked path.</param>
/// <param name="Hash">What the pointer names: contents or a tree.</param>
/// <param name="Size">Bytes of all of its files.</param>
public sealed record ManifestItem(string Path, ObjectId Hash, long Size) : ManifestEntry(Path, Hash);

/// <summary>A file of the last item.</summary>
/// <param name="Path">The item's path, and for a directory the path below it.</param>
/// <param name="Hash">Id of its contents, or of the target of a link.</param>
/// <param name="Size">Bytes; null where a foreign format does not say.</param>
public sealed record ManifestFile(string Path, ObjectId Hash, long? Size) : ManifestEntry(Path, Hash)
{
    /// <summary>True for an executable file.</summary>
    public bool Executable { get; init; }

    /// <summary>True for a symbolic link: the hash is that of its target.</summary>
    public bool Link { get; init; }
}

/// <summary>What a manifest that was written is known by.</summary>
/// <param name="Sha256">SHA-256 of its bytes.</param>
/// <param name="Length">Its bytes.</param>
public readonly record struct WrittenManifest(ObjectId Sha256, long Length);
