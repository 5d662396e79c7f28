using DataVersion.Hashing;
using DataVersion.Objects;

namespace DataVersion.Workspaces;

/// <summary>What a pointer file says (docs/format.md, "Pointers").</summary>
public sealed record Pointer
{
    /// <summary>Ends the name of every pointer file.</summary>
    public const string Suffix = ".dv";

    /// <summary>A pointer file has at most this many bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>True for a directory, false for one file.</summary>
    public required bool IsDirectory { get; init; }

    /// <summary>Id of the file's contents or of the root tree.</summary>
    public required ObjectId Hash { get; init; }

    /// <summary>Bytes in all.</summary>
    public required long Size { get; init; }

    /// <summary>Number of files below a directory; null for a file.</summary>
    public long? Files { get; init; }

    /// <summary>True for an executable file.</summary>
    public bool Executable { get; init; }

    /// <summary>Id of the block list of a file over 64 MiB; the empty id otherwise.</summary>
    public ObjectId BlocksId { get; init; }

    /// <summary>Name of the remote that this data belongs to, or null for the default.</summary>
    public string? Remote { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The key of the object that the pointer names.</summary>
    public ObjectKey Key => new(IsDirectory ? ObjectKind.Tree : ObjectKind.Content, Hash);

    /// <summary>What transfers are asked for; <paramref name="path"/> is the tracked path.</summary>
    public RootKey ToRoot(string path) => new(Key, BlocksId.IsEmpty ? null : BlocksId, Size, Files, path);

    /// <summary>The pointer as a tree entry, so that a tracked file and a file in a tree are treated alike.</summary>
    public TreeEntry ToEntry(string name) => new()
    {
        Kind = IsDirectory ? TreeEntryKind.Directory : Executable ? TreeEntryKind.Executable : TreeEntryKind.File,
        Name = name,
        Id = Hash,
        Size = Size,
        Files = Files ?? 1,
        BlocksId = BlocksId,
    };

    /// <summary>True where both name the same bytes in the same form, whatever else they say.</summary>
    public bool SameContent(Pointer? other) =>
        other is not null && IsDirectory == other.IsDirectory && Hash == other.Hash && Executable == other.Executable;
}

/// <summary>One tracked output: where it lies in the workspace, which document names it, and what that says.</summary>
/// <param name="Path">Tracked path, relative to the workspace, with '/'.</param>
/// <param name="PointerPath">The pointer file's path, likewise. One document may name several outputs in formats to come.</param>
/// <param name="Pointer">What it says.</param>
public sealed record TrackedOutput(string Path, string PointerPath, Pointer Pointer);
