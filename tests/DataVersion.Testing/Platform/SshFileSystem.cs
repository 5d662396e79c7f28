using System.Diagnostics;
using DataVersion.Testing.Caching;
using Xunit;

namespace DataVersion.Testing.Platform;

/// <summary>
/// A folder mounted through sshfs, without a network: FUSE whose inode numbers are given out anew with each mount. Needs Linux, root, /dev/fuse,
/// sshfs and the sftp server; a test that cannot have one is skipped with the reason.
/// </summary>
public sealed class SshFileSystem : IDisposable
{
    private const string Server = "/usr/lib/openssh/sftp-server";

    private readonly string _directory;
    private readonly string _options;

    private SshFileSystem(string directory, bool hardLinks)
    {
        _directory = directory;
        _options = $"ssh_command={Path.Combine(directory, "server")},idmap=none" + (hardLinks ? "" : ",disable_hardlink");
    }

    /// <summary>Where it is mounted.</summary>
    public string Root => Path.Combine(_directory, "mount");

    private string Source => Path.Combine(_directory, "source");

    /// <summary>Mounts an empty one.</summary>
    /// <param name="hardLinks">False: files can have one name only.</param>
    public static SshFileSystem Mount(bool hardLinks)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "FUSE mounts need Linux");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "FUSE mounts need root");
        Assert.SkipUnless(File.Exists("/dev/fuse"), "this machine has no /dev/fuse");
        Assert.SkipUnless(File.Exists(Server), "the package openssh-sftp-server is not installed");
        var system = new SshFileSystem(Directory.CreateTempSubdirectory("dv-test-sshfs-").FullName, hardLinks);
        string server = Path.Combine(system._directory, "server");
        // What sshfs would ask ssh to run on the other machine.
        File.WriteAllText(server, $"#!/bin/sh\nexec {Server}\n");
        CacheSandbox.SetMode(server, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateDirectory(system.Source);
        Directory.CreateDirectory(system.Root);
        if (system.TryMount() is not { } problem)
            return system;
        Directory.Delete(system._directory, recursive: true);
        Assert.Skip($"cannot mount through sshfs: {problem}");
        return system;
    }

    /// <summary>Unmounts it and mounts it again: the same files, with other numbers.</summary>
    public void Remount()
    {
        Assert.Null(TryRun("umount", Root));
        // The numbers are given out in the order in which files are met.
        File.WriteAllText(Path.Combine(Source, $"before-{Guid.NewGuid():N}"), "");
        Assert.Null(TryMount());
        foreach (string met in Directory.EnumerateFiles(Root, "before-*"))
            _ = File.GetAttributes(met);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (TryRun("umount", Root) is not null)
            TryRun("umount", "-l", Root);
        Directory.Delete(_directory, recursive: true);
    }

    private string? TryMount() => TryRun("sshfs", "-o", _options, $"localhost:{Source}", Root);

    private static string? TryRun(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments))!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program} ended with {process.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return error.Message;
        }
    }
}
