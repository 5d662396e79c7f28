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

    // A process number means something only within one boot of one machine and one process namespace (containers share caches).
    private static readonly Lazy<string> Owner = new(() =>
        string.Create(CultureInfo.InvariantCulture, $"{(uint)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(PlaceOfProcess())):x8}-"));

    /// <summary>A new name: <c>.dv-tmp.PLACE-PID.RANDOM.label</c>.</summary>
    public static string Create(string label = "x") =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Owner.Value}{Environment.ProcessId}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.{label}");

    /// <summary>Removes from a directory of ours what dead processes left: makers known to be dead, and files untouched for a day.</summary>
    /// <param name="directory">Where temporary files lie.</param>
    /// <param name="nowNs">Now by that file system's clock.</param>
    public static void RemoveStale(string directory, long nowNs)
    {
        foreach (string path in Directory.EnumerateFiles(directory, Prefix + "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true }))
        {
            try
            {
                if (IsDead(Path.GetFileName(path.AsSpan())) || FileStat.TryGet(path) is { } stat && nowNs - stat.ModifiedNs > DayNs)
                    File.Delete(path);
            }
            catch (Exception error) when (SystemErrors.IsFileError(error) || error is FileAccessException)
            {
                // Another process is cleaning too, or it belongs to another user: not ours to worry about.
            }
        }
    }

    private static bool IsDead(ReadOnlySpan<char> name)
    {
        name = name[Prefix.Length..];
        if (!OperatingSystem.IsLinux() || !name.StartsWith(Owner.Value, StringComparison.Ordinal))
            return false;
        name = name[Owner.Value.Length..];
        int dot = name.IndexOf('.');
        return dot > 0
            && int.TryParse(name[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && process != Environment.ProcessId
            && Libc.Kill(process, 0) != 0 && Marshal.GetLastPInvokeError() == SystemErrors.NoProcess;
    }

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
