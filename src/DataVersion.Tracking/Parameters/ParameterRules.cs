using System.Text;
using DataVersion.Objects;

namespace DataVersion.Tracking.Parameters;

/// <summary>What names and values of parameters may be, and the name of the variable that a parameter is exported as.</summary>
internal static class ParameterRules
{
    public const string Prefix = "DV_PARAM_";
    public const int MaxCount = 10_000;
    public const int MaxFileBytes = 1 << 20;
    public const int MaxDepth = 32;
    public const int MaxNameLength = 250;

    /// <summary>Linux takes at most 128 KiB for one variable with its name (MAX_ARG_STRLEN).</summary>
    public const int MaxValueBytes = 120 * 1024;

    /// <exception cref="UsageException">The name or the value is not allowed.</exception>
    public static void Check(string name, string value, string where)
    {
        if (!IsName(name))
        {
            throw new UsageException($"{where}: '{Shown(name)}' is not a parameter's name",
                $"a name has 1 to {MaxNameLength} of the characters A-Z a-z 0-9 _ . - / and space");
        }
        if (value.Contains('\0'))
            throw new UsageException($"{where}: the value of '{name}' has a NUL character in it, which no program can be given");
        if (Encoding.UTF8.GetByteCount(value) > MaxValueBytes)
            throw new UsageException($"{where}: the value of '{name}' is longer than {MaxValueBytes} bytes", "let the trainer read it from a file, and give the file's name");
    }

    public static bool IsName(string name) =>
        name.Length is >= 1 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ' ');

    /// <summary>DV_PARAM_ and the name in upper case, with '_' for all that is no letter or digit.</summary>
    public static string ExportedName(string name) =>
        Prefix + string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));

    public static string Shown(string name) => PathRules.Printable(name.Length > MaxNameLength ? name[..MaxNameLength] + "…" : name);
}
