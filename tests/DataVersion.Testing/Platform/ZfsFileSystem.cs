using System.Diagnostics;
using Xunit;

namespace DataVersion.Testing.Platform;

/// <summary>
/// A ZFS disk in a file, served by zfs-fuse: the one Linux file system that takes differently normalised names for the same and needs no kernel of
/// its own for it. Needs Linux, root, /dev/fuse and zfs-fuse; a test that cannot have one is skipped with the reason.
/// </summary>
public sealed class ZfsFileSystem : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _directory;
    private readonly string _pool = $"dvtest{Guid.NewGuid():N}";
    private readonly Process? _daemon;

    private ZfsFileSystem(string directory, Process? daemon)
    {
        _directory = directory;
        _daemon = daemon;
    }

    /// <summary>Where it is mounted.</summary>
    public string Root => Path.Combine(_directory, "mount");

    /// <summary>Mounts one with properties of its names, as <c>normalization=formD</c> or <c>casesensitivity=insensitive</c>.</summary>
    public static ZfsFileSystem Mount(params string[] properties)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "FUSE mounts need Linux");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "FUSE mounts need root");
        Assert.SkipUnless(File.Exists("/dev/fuse"), "this machine has no /dev/fuse");
        Assert.SkipUnless(File.Exists("/sbin/zfs-fuse"), "the package zfs-fuse is not installed");
        var system = new ZfsFileSystem(Directory.CreateTempSubdirectory("dv-test-zfs-").FullName, StartDaemon());
        string image = Path.Combine(system._directory, "image");
        using (FileStream file = File.Create(image))
            file.SetLength(128 << 20);
        if (Run("zpool", ["create", "-m", system.Root, .. properties.SelectMany(p => new[] { "-O", p }), system._pool, image]) == 0)
            return system;
        system.Dispose();
        Assert.Skip("zfs-fuse cannot make a disk here");
        return system;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("zpool", ["destroy", "-f", _pool]);
        _daemon?.Kill();
        _daemon?.WaitForExit();
        _daemon?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // Null where the machine runs one already.
    private static Process? StartDaemon()
    {
        if (Run("zpool", ["list"]) == 0)
            return null;
        Process daemon = Process.Start(new ProcessStartInfo("zfs-fuse", ["--no-daemon", "--no-kstat-mount"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var watch = Stopwatch.StartNew();
        while (Run("zpool", ["list"]) != 0 && watch.Elapsed < StartLimit && !daemon.HasExited)
            Thread.Sleep(20);
        return daemon;
    }

    private static int Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
