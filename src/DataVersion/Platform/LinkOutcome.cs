namespace DataVersion.Platform;

/// <summary>How an attempt to link ended.</summary>
internal enum LinkOutcome
{
    /// <summary>The new name is there.</summary>
    Created,

    /// <summary>The name was taken; nothing changed.</summary>
    Exists,

    /// <summary>Not between these places: other file systems, too many links, or no links at all.</summary>
    Unsupported,
}
