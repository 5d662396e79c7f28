using System.Diagnostics;
using Xunit;

namespace DataVersion.Testing.Platform;

/// <summary>
/// A mounted ramfs: a file system of a kind that dv does not know, but of good manners. A test that cannot have one is skipped with the reason.
/// </summary>
public sealed class MemoryDisk : IDisposable
{
    private MemoryDisk(string root) => Root = root;

    /// <summary>Where it is mounted.</summary>
    public string Root { get; }

    /// <summary>Mounts one.</summary>
    public static MemoryDisk Mount()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mounting needs Linux");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting needs root");
        var disk = new MemoryDisk(Directory.CreateTempSubdirectory("dv-test-ramfs-").FullName);
        if (Run("mount", "-t", "ramfs", "ramfs", disk.Root))
            return disk;
        Directory.Delete(disk.Root);
        Assert.Skip("a ramfs cannot be mounted here");
        return disk;
    }

    /// <summary>From now on nothing can be written there.</summary>
    public void SetReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Root));

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", "--lazy", Root);
        Directory.Delete(Root);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
