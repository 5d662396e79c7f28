using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>Whether an object holds the bytes of a file (or a block list), or a tree.</summary>
public enum ObjectKind : byte
{
    /// <summary>A file's contents, a link's target or a block list.</summary>
    Content = 0,

    /// <summary>A directory listing.</summary>
    Tree = 1,
}

/// <summary>What a store is asked for: an id never comes without its kind, because contents and trees lie apart.</summary>
public readonly record struct ObjectKey(ObjectKind Kind, ObjectId Id)
{
    /// <summary>A key for a file's contents.</summary>
    public static ObjectKey Content(ObjectId id) => new(ObjectKind.Content, id);

    /// <summary>A key for a tree.</summary>
    public static ObjectKey Tree(ObjectId id) => new(ObjectKind.Tree, id);

    /// <inheritdoc/>
    public override string ToString() => Kind == ObjectKind.Tree ? $"tree {Id}" : Id.ToString();
}
