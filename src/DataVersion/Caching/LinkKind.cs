namespace DataVersion.Caching;

/// <summary>How a workspace file relates to the object in the cache.</summary>
public enum LinkKind
{
    /// <summary>A copy that shares blocks with the object until one of them is written to; needs a file system that can (btrfs, xfs).</summary>
    Reflink,

    /// <summary>A second name of the object: no space, but editing in place edits the object, which is why it is read-only.</summary>
    Hardlink,

    /// <summary>A symbolic link to the object: works across file systems.</summary>
    Symlink,

    /// <summary>An ordinary copy.</summary>
    Copy,
}
