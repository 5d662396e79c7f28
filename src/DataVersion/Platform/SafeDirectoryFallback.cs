namespace DataVersion.Platform;

/// <summary>
/// What <see cref="SafeDirectory"/> does where directories cannot be held open: checks each part of the path, then trusts it. Between
/// check and use another process could still put a link there; only Linux closes that.
/// </summary>
internal static class SafeDirectoryFallback
{
    public static string? Enter(string root, string[] names, bool create)
    {
        string path = root;
        foreach (string name in names)
        {
            path = Path.Join(path, name);
            switch (FileStat.TryGet(path)?.Type)
            {
                case null when !create:
                    return null;
                case null:
                    Guard(path, () => Directory.CreateDirectory(path));
                    break;
                case FileType.SymbolicLink:
                    throw SafeDirectory.LeadsThroughLink(path);
                case not FileType.Directory:
                    throw SystemErrors.FromNumber(path, SystemErrors.NotDirectory);
            }
        }
        return path;
    }

    public static bool Move(string from, string to)
    {
        Guard(to, () => File.Move(from, to, overwrite: true));
        return true;
    }

    public static void Symlink(string target, string temp, string path) => Guard(path, () =>
    {
        File.CreateSymbolicLink(temp, target);
        File.Move(temp, path, overwrite: true);
    });

    public static void Delete(string path)
    {
        if (FileStat.TryGet(path) is not null)
            Guard(path, () => File.Delete(path));
    }

    public static bool DeleteEmpty(string path)
    {
        if (FileStat.TryGet(path)?.Type != FileType.Directory || Directory.EnumerateFileSystemEntries(path).Any())
            return false;
        Guard(path, () => Directory.Delete(path));
        return true;
    }

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }
}
