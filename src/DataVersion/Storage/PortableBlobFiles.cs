using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Storage;

/// <summary>The same with what .NET has on every platform: links are looked for before each use.</summary>
internal sealed class PortableBlobFiles(string root) : BlobFiles(root)
{
    public override FileStat? TryStat(string name)
    {
        if (!CheckFolders(name))
            return null;
        FileStat? stat = FileStat.TryGet(PathOf(name));
        return stat?.Type switch
        {
            null or FileType.Directory => null,
            FileType.File => stat,
            { } other => throw NotPlain(name, other),
        };
    }

    public override SafeFileHandle? TryOpen(string name)
    {
        if (TryStat(name) is null)
            return null;
        try
        {
            return File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(PathOf(name), e);
        }
    }

    public override bool HasFolder(string folder) => CheckFolders(folder + '/');

    public override SafeFileHandle CreateTemp(string temp) => Try(PathOfTemp(temp), path =>
    {
        if (!Directory.Exists(Root) && !Directory.Exists(Path.GetDirectoryName(Root)))
            throw NoRoot();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
    });

    public override bool Publish(string temp, string name, bool replace)
    {
        CheckFolders(name);
        return Try(PathOf(name), path =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!replace && HardLinks.TryCreate(PathOfTemp(temp), path) is var outcome and not LinkOutcome.Unsupported)
            {
                if (outcome == LinkOutcome.Created)
                    File.Delete(PathOfTemp(temp));
                return outcome == LinkOutcome.Created;
            }
            AtomicIfAbsent &= replace;
            if (!replace && File.Exists(path))
                return false;
            File.Move(PathOfTemp(temp), path, overwrite: replace);
            return true;
        });
    }

    public override void FlushName(string name) => FileSync.FlushDirectory(Path.GetDirectoryName(PathOf(name))!);

    public override bool TakeAway(string name, string temp)
    {
        if (TryStat(name) is null)
            return false;
        return Try(PathOf(name), path =>
        {
            Directory.CreateDirectory(Path.Join(Root, TempFolder));
            File.Move(path, PathOfTemp(temp));
            return true;
        });
    }

    public override void DeleteTemp(string temp)
    {
        if (Directory.Exists(Path.Join(Root, TempFolder)))
            Try(PathOfTemp(temp), path =>
            {
                File.Delete(path);
                return true;
            });
    }

    /// <summary>False where a folder above the blob is missing.</summary>
    private bool CheckFolders(string name)
    {
        if (!Directory.Exists(Root))
            throw NoRoot();
        for (int slash = name.IndexOf('/'); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            switch (FileStat.TryGet(PathOf(name[..slash]))?.Type)
            {
                case FileType.Directory:
                    continue;
                case FileType.SymbolicLink:
                    throw NotPlain(name[..slash], FileType.SymbolicLink);
                default:
                    return false;
            }
        }
        return true;
    }

    private static T Try<T>(string path, Func<string, T> action)
    {
        try
        {
            return action(path);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
    }
}
