using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>What a name in a tree stands for.</summary>
public enum TreeEntryKind : byte
{
    /// <summary>A plain file (<c>f</c>).</summary>
    File,

    /// <summary>An executable file (<c>x</c>).</summary>
    Executable,

    /// <summary>A symbolic link (<c>l</c>); the object holds its target.</summary>
    Link,

    /// <summary>A folder (<c>d</c>); the object is a tree.</summary>
    Directory,
}

/// <summary>One line of a tree.</summary>
public sealed record TreeEntry
{
    /// <summary>File, executable, link or folder.</summary>
    public required TreeEntryKind Kind { get; init; }

    /// <summary>The name, one path segment.</summary>
    public required string Name { get; init; }

    /// <summary>Id of the contents, the link's target or the tree.</summary>
    public required ObjectId Id { get; init; }

    /// <summary>Bytes of the file, of the link's target, or of all files below the folder; null where a foreign format does not say.</summary>
    public required long? Size { get; init; }

    /// <summary>Number of files and links: 1, or all below the folder.</summary>
    public long Files { get; init; } = 1;

    /// <summary>Id of the block list; the empty id for files of at most 64 MiB.</summary>
    public ObjectId BlocksId { get; init; }

    /// <summary>True for a folder.</summary>
    public bool IsDirectory => Kind == TreeEntryKind.Directory;

    /// <summary>The key of the object that the entry names.</summary>
    public ObjectKey Key => new(IsDirectory ? ObjectKind.Tree : ObjectKind.Content, Id);

    /// <summary>True where both stand for the same thing, whatever their names.</summary>
    public bool SameAs(TreeEntry? other) => other is not null && Kind == other.Kind && Id == other.Id;
}

/// <summary>One part of a directory of more than 4,096 entries.</summary>
/// <param name="Size">Bytes of all files in and below the part.</param>
/// <param name="Files">Files and links in and below the part.</param>
/// <param name="Id">The part: a tree, or a list of parts.</param>
/// <param name="FirstName">Name of its first entry.</param>
public sealed record TreePart(long Size, long Files, ObjectId Id, string FirstName);

/// <summary>A parsed tree object: either <see cref="Entries"/> or <see cref="Parts"/> is set.</summary>
public sealed record TreeObject(IReadOnlyList<TreeEntry>? Entries, IReadOnlyList<TreePart>? Parts);
