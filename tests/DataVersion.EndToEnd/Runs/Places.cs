using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Surroundings of another machine, as far as mounts can make them: each is the beginning of a command, which the program follows.</summary>
internal static class Places
{
    // Everything of this machine but the file that says that it is a container.
    private const string WorkplaceScript = """
        root=$1; here=$2; shift 2
        mount -t tmpfs none "$root"
        for entry in /*; do
            if [ -L "$entry" ]; then cp -P "$entry" "$root$entry"
            elif [ -d "$entry" ]; then mkdir -p "$root$entry" && mount --rbind "$entry" "$root$entry"
            fi
        done
        exec chroot "$root" env -C "$here" "$@"
        """;

    private const string ReadOnlyScript = """
        folder=$1; shift
        mount --bind "$folder" "$folder"
        mount -o remount,ro,bind "$folder"
        cd "$folder"
        exec "$@"
        """;

    // A /dev with little in it, and the file that Kubernetes puts there.
    private const string PodScript = """
        dev=$1; log=$2; shift 2
        mount -t tmpfs none "$dev"
        for node in null zero full random urandom tty; do touch "$dev/$node"; mount --bind "/dev/$node" "$dev/$node"; done
        ln -s /proc/self/fd "$dev/fd"
        touch "$dev/termination-log"
        mount --bind "$log" "$dev/termination-log"
        mount --move "$dev" /dev
        exec "$@"
        """;

    /// <summary>A machine that is no container. Where this one is none either: itself.</summary>
    public static async Task<string[]> WorkplaceAsync(Sandbox sandbox, string folder)
    {
        if (!File.Exists("/.dockerenv") && !File.Exists("/run/.containerenv"))
            return [];
        Assert.SkipWhen(File.Exists("/run/.containerenv"), "podman's mark is in a folder that other programs need");
        string root = Directory.CreateDirectory(sandbox.At("root")).FullName;
        return await OfferAsync(sandbox, ["unshare", "-m", "sh", "-ec", WorkplaceScript, "sh", root, folder]);
    }

    /// <summary>A folder that nobody can write to; the program starts in it.</summary>
    public static Task<string[]> ReadOnlyAsync(Sandbox sandbox, string folder) => OfferAsync(sandbox, ["unshare", "-m", "sh", "-ec", ReadOnlyScript, "sh", folder]);

    /// <summary>A pod, whose termination log is <paramref name="log"/>.</summary>
    public static async Task<string[]> PodAsync(Sandbox sandbox, string log)
    {
        await File.WriteAllTextAsync(log, "");
        return await OfferAsync(sandbox, ["unshare", "-m", "sh", "-ec", PodScript, "sh", Directory.CreateDirectory(sandbox.At("dev")).FullName, log]);
    }

    /// <summary>A container's process 1.</summary>
    public static Task<string[]> InitAsync(Sandbox sandbox) => OfferAsync(sandbox, ["unshare", "-pf", "--mount-proc"]);

    private static async Task<string[]> OfferAsync(Sandbox sandbox, string[] prefix)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "namespaces of one's own need root");
        Ran can = await sandbox.RunAsync(prefix[0], sandbox.Root, [.. prefix[1..], "true"]);
        Assert.SkipUnless(can.ExitCode == 0, $"such a place cannot be made here: {can.Errors}");
        return prefix;
    }
}
