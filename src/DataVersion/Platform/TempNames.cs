using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Platform;

/// <summary>
/// Names of temporary files. They carry the process that made them, so that what a killed process left is told from what a living one writes.
/// </summary>
internal static class TempNames
{
    /// <summary>What every name starts with; walkers skip such names.</summary>
    public const string Prefix = ".dv-tmp.";

    private const long DayNs = 24L * 3600 * 1_000_000_000;
    private const int OwnerLength = 9, RandomLength = 16;

    // A process number means something only within one boot of one machine and one process namespace (containers share caches).
    private static readonly Lazy<string> Owner = new(() =>
        string.Create(CultureInfo.InvariantCulture, $"{(uint)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(PlaceOfProcess())):x8}-"));

    /// <summary>A new name: <c>.dv-tmp.PLACE-PID.RANDOM.label</c>.</summary>
    public static string Create(string label = "x") =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Owner.Value}{Environment.ProcessId}.{RandomNumberGenerator.GetHexString(RandomLength, lowercase: true)}.{label}");

    /// <summary>True if the process that made a name with <see cref="Create"/> is known to be dead: it ran in this process's place.</summary>
    public static bool IsMakerDead(string name) => TryParse(name, out string owner, out int process) && IsDead(owner, process);

    /// <summary>Removes from a directory what dead processes left: makers known to be dead, and what nobody has touched for a day.</summary>
    /// <param name="directory">Where temporary files lie.</param>
    /// <param name="nowNs">Now by that file system's clock, in nanoseconds since 1970-01-01 UTC.</param>
    public static void RemoveStale(string directory, long nowNs)
    {
        foreach (string path in Directory.EnumerateFileSystemEntries(directory, Prefix + "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true }))
            RemoveIfStale(path, nowNs);
    }

    /// <summary>The same for one file, link or folder. Whatever has no name that <see cref="Create"/> makes is left alone.</summary>
    public static void RemoveIfStale(string path, long nowNs)
    {
        if (!TryParse(Path.GetFileName(path), out string owner, out int process) || FileStat.TryGet(path) is not { } stat)
            return;
        try
        {
            if (!IsDead(owner, process) && nowNs - LastTouchedNs(path, stat) <= DayNs)
                return;
            if (stat.Type == FileType.Directory)
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
        catch (Exception error) when (SystemErrors.IsFileError(error) || error is FileAccessException)
        {
            // Another process is cleaning too, or it belongs to another user: not ours to worry about.
        }
    }

    // PLACE-PID.RANDOM.label, as Create writes it.
    private static bool TryParse(string name, out string owner, out int process)
    {
        (owner, process) = ("", 0);
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || name[Prefix.Length..].Split('.', 3) is not [var maker, var random, { Length: > 0 }])
            return false;
        owner = maker[..(maker.IndexOf('-') + 1)];
        return owner.Length == OwnerLength && random.Length == RandomLength && random.All(char.IsAsciiHexDigitLower)
            && int.TryParse(maker.AsSpan(owner.Length), NumberStyles.None, CultureInfo.InvariantCulture, out process);
    }

    private static bool IsDead(string owner, int process) =>
        OperatingSystem.IsLinux() && owner == Owner.Value && process != Environment.ProcessId
            && Libc.Kill(process, 0) != 0 && Marshal.GetLastPInvokeError() == SystemErrors.NoProcess;

    // A folder is as old as what was written last in it.
    private static long LastTouchedNs(string path, in FileStat stat) => stat.Type != FileType.Directory
        ? stat.ModifiedNs
        : Directory.EnumerateFileSystemEntries(path).Select(p => FileStat.TryGet(p) is { } below ? LastTouchedNs(p, below) : 0).Append(stat.ModifiedNs).Max();

    private static string PlaceOfProcess()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                return File.ReadAllText("/proc/sys/kernel/random/boot_id") + new FileInfo("/proc/self/ns/pid").LinkTarget;
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            // No /proc: below.
        }
        return RandomNumberGenerator.GetHexString(16);
    }
}
