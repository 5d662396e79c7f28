using System.Diagnostics;
using Xunit;

namespace DataVersion.Testing.Platform;

/// <summary>
/// A real file system in a file, mounted for one test: for disks that are full, that share blocks, or that are simply other disks. Needs
/// Linux, root, a loop device and the file system's own tools; a test that cannot have one is skipped with the reason.
/// </summary>
public sealed class LoopFileSystem : IDisposable
{
    private readonly string _directory;

    private LoopFileSystem(string directory) => _directory = directory;

    /// <summary>Where it is mounted.</summary>
    public string Root => Path.Combine(_directory, "mount");

    /// <summary>An ext4 disk; 16 MiB is soon full. It cannot share blocks.</summary>
    public static LoopFileSystem Ext4(int mebibytes) => Mount(mebibytes, "mkfs.ext4", "-q", "-F", "-m", "0");

    /// <summary>A btrfs disk, which shares blocks.</summary>
    public static LoopFileSystem Btrfs() => Mount(256, "mkfs.btrfs", "-q");

    /// <summary>An xfs disk, which shares blocks.</summary>
    public static LoopFileSystem Xfs() => Mount(512, "mkfs.xfs", "-q", "-m", "reflink=1");

    /// <summary>Makes the disk read-only, or writable again.</summary>
    public void SetReadOnly(bool readOnly) => Run("mount", "-o", readOnly ? "remount,ro" : "remount,rw", Root);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Lazily, should a failed test still hold a file open: only a few loop devices exist.
        if (TryRun("umount", Root) is not null)
            Run("umount", "-l", Root);
        Directory.Delete(_directory, recursive: true);
    }

    private static LoopFileSystem Mount(int mebibytes, string make, params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "loop mounts need Linux");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "loop mounts need root");
        Assert.SkipUnless(File.Exists("/dev/loop-control"), "this machine has no loop devices");
        var system = new LoopFileSystem(Directory.CreateTempSubdirectory("dv-test-loop-").FullName);
        string image = Path.Combine(system._directory, "image");
        using (FileStream file = File.Create(image))
            file.SetLength((long)mebibytes << 20);
        Directory.CreateDirectory(system.Root);
        string? problem = TryRun(make, [.. options, image]) ?? TryRun("mount", "-o", "loop", image, system.Root);
        if (problem is null)
            return system;
        Directory.Delete(system._directory, recursive: true);
        Assert.Skip($"cannot mount a disk made by {make}: {problem}");
        return system;
    }

    private static void Run(string program, params string[] arguments)
    {
        if (TryRun(program, arguments) is { } problem)
            throw new InvalidOperationException($"{program}: {problem}");
    }

    private static string? TryRun(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return error.Message;
        }
    }
}
