using System.IO.Enumeration;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>Reads the names in one directory, hidden ones included, in no order. Bytes that are not UTF-8 come as U+FFFD.</summary>
static class DirectoryNames
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };

    /// <summary>The names; none where the directory went away.</summary>
    /// <exception cref="FileAccessException">The directory cannot be read.</exception>
    public static List<string> Read(string directory) => Read(directory, static (ref FileSystemEntry entry) => entry.FileName.ToString());

    /// <summary>The same, with a hint that costs no call on Linux: whether it is a directory or a link to one.</summary>
    /// <exception cref="FileAccessException">The directory cannot be read.</exception>
    public static List<(string Name, bool MayBeDirectory)> ReadWithHint(string directory) =>
        Read(directory, static (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.IsDirectory));

    private static List<T> Read<T>(string directory, FileSystemEnumerable<T>.FindTransform transform)
    {
        try
        {
            return [.. new FileSystemEnumerable<T>(directory, transform, Everything)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException error)
        {
            throw new FileAccessException(directory, "permission denied", $"make the folder readable, or name it in {IgnoreFile.Name}", error);
        }
        catch (IOException error)
        {
            throw SystemErrors.From(directory, error);
        }
    }
}
