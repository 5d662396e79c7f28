using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DataVersion.Tracking.Preflight;

/// <summary>The version of an NVIDIA driver, such as <c>560.35.03</c>. Compared number by number, shown as the driver writes it.</summary>
public sealed partial class DriverVersion : IComparable<DriverVersion>, IEquatable<DriverVersion>
{
    private readonly (int Branch, int Minor, int Patch) _numbers;

    private DriverVersion(string text, (int, int, int) numbers) => (Text, _numbers) = (text, numbers);

    /// <summary>As the driver writes it: <c>525.60.13</c>.</summary>
    public string Text { get; }

    /// <summary>
    /// Finds the first version in a text: what NVML answers, <c>/sys/module/nvidia/version</c>, or the line of <c>/proc/driver/nvidia/version</c>, which is
    /// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  560.35.03  …" or "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  …".
    /// </summary>
    public static bool TryFind(string? text, [NotNullWhen(true)] out DriverVersion? version)
    {
        version = null;
        if (text is null || Pattern().Match(text) is not { Success: true } match)
            return false;
        ReadOnlySpan<char> patch = match.Groups[3].Success ? match.Groups[3].ValueSpan : "0";
        if (!TryNumber(match.Groups[1].ValueSpan, out int branch) || !TryNumber(match.Groups[2].ValueSpan, out int minor) || !TryNumber(patch, out int last))
            return false;
        version = new DriverVersion(match.Value, (branch, minor, last));
        return true;
    }

    /// <summary>Reads a version that is known to be one.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DriverVersion Parse(string text) =>
        TryFind(text, out DriverVersion? version) && version.Text == text ? version : throw new FormatException($"'{text}' is not a driver version");

    /// <inheritdoc/>
    public int CompareTo(DriverVersion? other) => other is null ? 1 : _numbers.CompareTo(other._numbers);

    /// <inheritdoc/>
    public bool Equals(DriverVersion? other) => other is not null && _numbers == other._numbers;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DriverVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => _numbers.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Older than.</summary>
    public static bool operator <(DriverVersion left, DriverVersion right) => left.CompareTo(right) < 0;

    /// <summary>Newer than.</summary>
    public static bool operator >(DriverVersion left, DriverVersion right) => left.CompareTo(right) > 0;

    /// <summary>Not newer than.</summary>
    public static bool operator <=(DriverVersion left, DriverVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Not older than.</summary>
    public static bool operator >=(DriverVersion left, DriverVersion right) => left.CompareTo(right) >= 0;

    /// <summary>The same numbers.</summary>
    public static bool operator ==(DriverVersion? left, DriverVersion? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Other numbers.</summary>
    public static bool operator !=(DriverVersion? left, DriverVersion? right) => !(left == right);

    private static bool TryNumber(ReadOnlySpan<char> digits, out int number) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    [GeneratedRegex(@"([0-9]{3,})\.([0-9]+)(?:\.([0-9]+))?", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
