namespace DataVersion.Containers;

/// <summary>How a careful host starts a container: a root that nobody may write to, no capability, no way to more rights.</summary>
internal static class Locked
{
    /// <summary>Options of <c>podman run</c>. The user is the image's own.</summary>
    internal static string[] Options { get; } =
    [
        "--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:rw,noexec,nosuid,nodev,mode=1777", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--network", "host",
        // Its probes would be started by systemd, which is not here.
        "--no-healthcheck",
    ];
}
