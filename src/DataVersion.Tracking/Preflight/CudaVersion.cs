using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DataVersion.Tracking.Preflight;

/// <summary>A version of CUDA. Compared by major and minor number, then by update, where none counts as 0.</summary>
/// <param name="Major">12 of 12.6.</param>
/// <param name="Minor">6 of 12.6.</param>
/// <param name="Update">3 of 12.6.3 ("12.6 Update 3"); null where it is not known.</param>
public readonly partial record struct CudaVersion(int Major, int Minor, int? Update = null) : IComparable<CudaVersion>
{
    private const int MajorFactor = 1000, MinorFactor = 10;

    /// <summary>Reads the number that <c>cuDriverGetVersion</c>, <c>cudaRuntimeGetVersion</c> and NVML give: 12060 is 12.6. Null for 0 and less.</summary>
    public static CudaVersion? OfNumber(int number) =>
        number > 0 ? new CudaVersion(number / MajorFactor, number % MajorFactor / MinorFactor) : null;

    /// <summary>Reads what images carry in <c>CUDA_VERSION</c>: <c>12.6.3</c>, <c>12.4</c>, <c>12.6.2.004</c>.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CudaVersion? version)
    {
        version = null;
        if (text is null || Pattern().Match(text) is not { Success: true } match)
            return false;
        // The pattern admits at most four digits each.
        int Number(int group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        version = new CudaVersion(Number(1), Number(2), match.Groups[3].Success ? Number(3) : null);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(CudaVersion other) => (Major, Minor, Update ?? 0).CompareTo((other.Major, other.Minor, other.Update ?? 0));

    /// <summary>True where a driver of this CUDA version has all that a program of the other one may ask for; updates do not count.</summary>
    public bool Covers(CudaVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor)) >= 0;

    /// <summary><c>12.6</c> or <c>12.6.3</c>.</summary>
    public override string ToString() => Update is null
        ? string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}")
        : string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Update}");

    /// <summary>Older than.</summary>
    public static bool operator <(CudaVersion left, CudaVersion right) => left.CompareTo(right) < 0;

    /// <summary>Newer than.</summary>
    public static bool operator >(CudaVersion left, CudaVersion right) => left.CompareTo(right) > 0;

    /// <summary>Not newer than.</summary>
    public static bool operator <=(CudaVersion left, CudaVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Not older than.</summary>
    public static bool operator >=(CudaVersion left, CudaVersion right) => left.CompareTo(right) >= 0;

    [GeneratedRegex(@"^\s*([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?(?:\.[0-9]+)*\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
