using System.Buffers;

namespace DataVersion.Objects;

/// <summary>Names that Windows cannot hold, or takes for a device. Asked only there: elsewhere they are ordinary names.</summary>
static class WindowsNames
{
    private static readonly SearchValues<char> NotAllowed = SearchValues.Create(
        "<>:\"\\|?*\x01\x02\x03\x04\x05\x06\x07\b\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f");

    /// <summary>Null where Windows can hold the name.</summary>
    public static string? FindProblem(string name)
    {
        if (name.AsSpan().ContainsAny(NotAllowed))
            return "the name holds a character that Windows does not allow";
        if (name[^1] is '.' or ' ')
            return "Windows drops the dot or space at the end of the name";
        return IsDevice(name) ? "the name is that of a device on Windows" : null;
    }

    private static bool IsDevice(ReadOnlySpan<char> name)
    {
        int dot = name.IndexOf('.');
        ReadOnlySpan<char> stem = (dot < 0 ? name : name[..dot]).TrimEnd(' ');
        foreach (string device in (ReadOnlySpan<string>)["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"])
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        bool numbered = stem.Length == 4
            && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase));
        return numbered && (char.IsAsciiDigit(stem[3]) || stem[3] is '¹' or '²' or '³');
    }
}
