using System.Globalization;

namespace DataVersion.Platform;

/// <summary>The process's file mode creation mask, read without the race of umask(2), which can only be asked by setting it.</summary>
internal static class Umask
{
    private const UnixFileMode Common = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly Lazy<UnixFileMode> Mask = new(Read);

    /// <summary>0644 or 0755, less what the mask takes away.</summary>
    public static UnixFileMode ForFile(bool executable) => (UnixFileMode)(executable ? 0x1FF : 0x1B6) & ~Mask.Value;

    private static UnixFileMode Read()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith("Umask:", StringComparison.Ordinal))
                    return (UnixFileMode)Octal(line.AsSpan(6).Trim());
            }
        }
        catch (Exception error) when (SystemErrors.IsFileError(error) || error is FormatException)
        {
            // No /proc here.
        }
        return Common;
    }

    private static int Octal(ReadOnlySpan<char> digits)
    {
        int value = 0;
        foreach (char digit in digits)
            value = value * 8 + int.Parse([digit], NumberStyles.None, CultureInfo.InvariantCulture);
        return value;
    }
}
