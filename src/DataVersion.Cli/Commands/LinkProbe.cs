using DataVersion.Caching;
using DataVersion.Platform;
using Microsoft.Win32.SafeHandles;

namespace DataVersion.Cli.Commands;

/// <summary>Which links are possible between a cache and a workspace, found by trying.</summary>
internal sealed record LinkProbe(bool SameFileSystem, bool Reflink, bool Hardlink, bool Symlink)
{
    internal bool Allows(LinkKind kind) => kind switch
    {
        LinkKind.Reflink => Reflink,
        LinkKind.Hardlink => Hardlink,
        LinkKind.Symlink => Symlink,
        _ => true,
    };

    /// <summary>Tries with small files that it removes again; null where the cache is not there yet, or one of the two cannot be written.</summary>
    internal static LinkProbe? Run(string cache, string workspace)
    {
        if (FileStat.TryGet(cache) is not { Type: FileType.Directory } cacheStat || FileStat.TryGet(workspace) is not { } workspaceStat)
            return null;
        string source = Path.Combine(cache, TempNames.Create("probe"));
        string target = Path.Combine(workspace, TempNames.Create("probe"));
        try
        {
            RegularFile.Create(source, UnixFileMode.UserRead | UnixFileMode.UserWrite).Dispose();
            return new LinkProbe(cacheStat.Device == workspaceStat.Device, Clones(source, target), Links(source, target), SymbolicLinks(source, target));
        }
        catch (Exception e) when (SystemErrors.IsFileError(e) || e is FileAccessException)
        {
            return null;
        }
        finally
        {
            TryDelete(source);
            TryDelete(target);
        }
    }

    private static bool Clones(string source, string target)
    {
        File.WriteAllText(source, "dv");
        try
        {
            using SafeFileHandle from = RegularFile.OpenRead(source, out _);
            using SafeFileHandle to = RegularFile.Create(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return Reflinks.TryClone(from, to);
        }
        finally
        {
            TryDelete(target);
        }
    }

    private static bool Links(string source, string target)
    {
        bool linked = HardLinks.TryCreate(source, target) == LinkOutcome.Created;
        TryDelete(target);
        return linked;
    }

    private static bool SymbolicLinks(string source, string target)
    {
        try
        {
            File.CreateSymbolicLink(target, source);
            return true;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            return false;
        }
        finally
        {
            TryDelete(target);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            // It carries the name of a temporary file of ours: commands that change things remove it.
        }
    }
}
