namespace DataVersion.Trainer.Data;

/// <summary>What of a point in time comes again: seconds of a day, and of a week.</summary>
internal static class TimeCycles
{
    internal const double Day = 86_400;

    internal const double Week = 7 * Day;
}
