using System.Diagnostics;
using Xunit;

namespace DataVersion.Testing.Containers;

/// <summary>What a machine must have so that images can be built and run on it: <c>.config/containers.sh</c> brings it.</summary>
public static class ContainerTools
{
    private static readonly string[] Programs = ["buildah", "podman", "skopeo", "runc", "docker-registry"];

    /// <summary>The file system that stand-in bases are made of.</summary>
    public static string BaseArchive { get; } = Path.Combine(Cache(), "dataversion", "container-base-bookworm-1.tar");

    /// <summary>The user's cache folder.</summary>
    public static string Cache() => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
        ? set
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>Skips the test where something is missing, with the reason. In CI nothing is skipped: there it fails.</summary>
    public static void Require()
    {
        if (Missing() is not { } reason)
            return;
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 })
            Assert.Fail($"{reason}, and CI skips no image");
        Assert.Skip(reason);
    }

    private static string? Missing()
    {
        if (!OperatingSystem.IsLinux())
            return "images are built and run on Linux";
        if (!Environment.IsPrivilegedProcess)
            return "images are built and run as root here";
        if (Programs.FirstOrDefault(program => !IsInstalled(program)) is { } program)
            return $"{program} is not installed here (./build.sh --target=ContainerTest installs it)";
        return File.Exists(BaseArchive) ? null : $"there is no {BaseArchive} (./build.sh --target=ContainerTest makes it)";
    }

    private static bool IsInstalled(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/usr/local/bin" }.Any(folder => File.Exists(Path.Combine(folder, program)));
}
