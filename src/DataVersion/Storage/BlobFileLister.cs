using System.IO.Enumeration;
using DataVersion.Platform;

namespace DataVersion.Storage;

/// <summary>Lists files below a root by the ordinal order of their names, one directory in memory at a time. Links are neither listed nor followed.</summary>
internal static class BlobFileLister
{
    /// <param name="root">The store's directory.</param>
    /// <param name="folder">Where to begin: empty, or a folder's name with a slash at the end.</param>
    /// <param name="prefix">What names start with; it starts with <paramref name="folder"/> itself.</param>
    public static IEnumerable<(string Name, FileStat Stat)> List(string root, string folder, string prefix)
    {
        foreach ((string entry, bool isDirectory) in Entries(root, folder))
        {
            string name = folder + entry;
            // A folder's entry ends in a slash: below it are names that go on after the prefix, or the rest of the prefix itself.
            if (!name.StartsWith(prefix, StringComparison.Ordinal) || name.StartsWith(BlobFiles.TempFolder, StringComparison.Ordinal))
                continue;
            if (isDirectory)
            {
                foreach ((string, FileStat) below in List(root, name, prefix))
                    yield return below;
            }
            else if (FileStat.TryGet(Path.Join(root, name)) is { Type: FileType.File } stat)
            {
                yield return (name, stat);
            }
        }
    }

    /// <summary>The entries of a folder in the order of the names below it, for which a folder counts as <c>name/</c>.</summary>
    private static List<(string Entry, bool IsDirectory)> Entries(string root, string folder)
    {
        string path = Path.Join(root, folder);
        var entries = new List<(string Entry, bool IsDirectory)>();
        try
        {
            if (FileStat.TryGet(Path.TrimEndingDirectorySeparator(path)) is not { Type: FileType.Directory } && folder.Length > 0)
                return entries;
            entries.AddRange(new FileSystemEnumerable<(string, bool)>(
                path, (ref FileSystemEntry e) => e.IsDirectory ? ($"{e.FileName}/", true) : (e.FileName.ToString(), false), Options)
            {
                ShouldIncludePredicate = (ref FileSystemEntry e) => (e.Attributes & FileAttributes.ReparsePoint) == 0,
            });
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Entry, b.Entry));
        return entries;
    }

    private static EnumerationOptions Options { get; } = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };
}
