using System.Globalization;
using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>A stage at one moment.</summary>
internal readonly record struct StageView(Stage Stage, long Objects, long PlannedObjects, long Bytes, long PlannedBytes, TimeSpan Elapsed)
{
    /// <summary>Requests that were repeated since the command began.</summary>
    internal long Retries { get; init; }

    internal string Name => Stage switch
    {
        Stage.Scan => "looking",
        Stage.Hash => "hashing",
        Stage.Check => "asking the remote",
        Stage.Upload => "sending",
        Stage.Download => "receiving",
        Stage.Place => "placing",
        Stage.Verify => "verifying",
        _ => "working",
    };

    /// <summary>0 to 1; null while the end is not known.</summary>
    internal double? Fraction =>
        PlannedBytes > 0 ? Math.Clamp((double)Bytes / PlannedBytes, 0, 1)
        : PlannedObjects > 0 ? Math.Clamp((double)Objects / PlannedObjects, 0, 1)
        : null;

    /// <summary><c>1.2 GiB of 2.6 GiB (46%), 1,000 of 2,000 files, 210.0 MiB/s, 0:06 left</c>: the parts that are known.</summary>
    internal string Describe()
    {
        var parts = new List<string>();
        if (PlannedBytes > 0)
            parts.Add($"{Sizes.Bytes(Bytes)} of {Sizes.Bytes(PlannedBytes)} ({Percent()})");
        else if (Bytes > 0)
            parts.Add(Sizes.Bytes(Bytes));
        if (PlannedObjects > 0)
            parts.Add($"{Sizes.Count(Objects)} of {Sizes.Count(PlannedObjects)}");
        else if (Objects > 0)
            parts.Add(Sizes.Count(Objects));
        if (Bytes > 0 && Elapsed >= TimeSpan.FromSeconds(1))
            parts.Add($"{Sizes.Bytes((long)Rate)}/s");
        if (Left() is { } left)
            parts.Add($"{Sizes.Time(left)} left");
        if (Retries > 0)
            parts.Add(Retries == 1 ? "1 retry" : $"{Sizes.Count(Retries)} retries");
        return string.Join(", ", parts);
    }

    /// <summary>True where nothing has moved since <paramref name="before"/>.</summary>
    internal bool IsSameAs(StageView before) => this with { Elapsed = before.Elapsed, Retries = before.Retries } == before;

    private double Rate => Bytes / Elapsed.TotalSeconds;

    // Never 100% before the end.
    private string Percent() => string.Create(CultureInfo.InvariantCulture, $"{(int)((Fraction ?? 0) * 100)}%");

    private TimeSpan? Left()
    {
        if (Fraction is not { } done || done <= 0 || Elapsed < TimeSpan.FromSeconds(1))
            return null;
        double seconds = Elapsed.TotalSeconds * (1 - done) / done;
        return seconds < TimeSpan.FromDays(30).TotalSeconds ? TimeSpan.FromSeconds(Math.Ceiling(seconds)) : null;
    }
}
