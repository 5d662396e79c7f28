namespace DataVersion.Platform;

/// <summary>What lies under a name.</summary>
public enum FileType
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link (never followed).</summary>
    SymbolicLink,

    /// <summary>A fifo, socket or device: never opened.</summary>
    Other,
}
