using System.Globalization;

namespace DataVersion.Tracking.Records;

/// <summary>Ids of runs: UUIDs of version 7 (RFC 9562), lower case. They begin with the time, so names of runs sort by it.</summary>
public static class RunIds
{
    /// <summary>How much of an id is shown: the time to the millisecond.</summary>
    public const int ShownLength = 13;

    private const int Length = 36;

    /// <summary>A new id.</summary>
    public static string New(DateTimeOffset now) => Guid.CreateVersion7(now).ToString("D", CultureInfo.InvariantCulture);

    /// <summary>True for a UUID in lower-case hex with dashes: such a name is safe in a path.</summary>
    public static bool IsId(string? text) =>
        text is { Length: Length } && Guid.TryParseExact(text, "D", out _) && !text.AsSpan().ContainsAnyInRange('A', 'F');

    /// <summary>The shown part.</summary>
    public static string Short(string id) => id.Length > ShownLength ? id[..ShownLength] : id;
}
