namespace DataVersion.Tracking.Preflight;

/// <summary>Finds what is there of a path.</summary>
internal static class ExistingFolder
{
    /// <summary>The folder itself, or the nearest one above it that exists.</summary>
    internal static string Of(string directory)
    {
        string at = Path.GetFullPath(directory);
        while (!Directory.Exists(at) && !File.Exists(at) && Path.GetDirectoryName(at) is { } parent)
            at = parent;
        return at;
    }
}
