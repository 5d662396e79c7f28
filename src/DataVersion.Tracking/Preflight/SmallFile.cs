using System.Text;

namespace DataVersion.Tracking.Preflight;

/// <summary>Reads the small files in which a machine tells about itself. They may be absent, unreadable, or anything.</summary>
internal static class SmallFile
{
    private const int MaxLength = 64 * 1024;

    /// <summary>The beginning of a file; null where it cannot be read.</summary>
    internal static string? TryRead(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            using FileStream stream = File.OpenRead(path);
            byte[] buffer = new byte[MaxLength];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What lies in a folder, in the order of names; nothing where it cannot be listed.</summary>
    internal static IReadOnlyList<string> TryList(string directory, string pattern = "*")
    {
        try
        {
            return Directory.Exists(directory)
                ? [.. Directory.EnumerateFileSystemEntries(directory, pattern).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
