using System.Globalization;

namespace DataVersion.Tracking.Runs;

/// <summary>Numbers in the note of a stage.</summary>
internal static class StageNotes
{
    /// <summary>As in "1 file", "2,000 files".</summary>
    public static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number:#,0} {noun}{(number == 1 ? "" : "s")}");

    /// <summary>As in "1 byte", "2,000 bytes".</summary>
    public static string Bytes(long bytes) => Count(bytes, "byte");
}
