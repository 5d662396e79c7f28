using System.Globalization;

namespace DataVersion.Platform;

/// <summary>What is mounted, as the kernel lists it.</summary>
internal static class Mounts
{
    private const string List = "/proc/self/mountinfo";

    /// <summary>A name of the file system on a device that is the same after the next mount, as <c>fuse.sshfs host:/data</c>.</summary>
    public static string NameOf(ulong device)
    {
        try
        {
            // Fields: id, parent, major:minor, root, mount point, options …, "-", type, source, options (proc(5)).
            string number = string.Create(CultureInfo.InvariantCulture, $"{device >> 32}:{(uint)device}");
            string[]? fields = File.Exists(List) ? File.ReadLines(List).Select(line => line.Split(' ')).LastOrDefault(f => f.Length > 2 && f[2] == number) : null;
            int dash = fields is null ? -1 : Array.IndexOf(fields, "-");
            if (dash > 0 && dash + 2 < fields!.Length)
                return $"{fields[dash + 1]} {fields[dash + 2]}";
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            // No /proc: below.
        }
        return string.Create(CultureInfo.InvariantCulture, $"device {device:x}");
    }
}
