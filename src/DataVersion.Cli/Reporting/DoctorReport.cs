using System.Text.Json;
using System.Text.Json.Serialization;
using DataVersion.Tracking.Preflight;

namespace DataVersion.Cli.Reporting;

/// <summary>What came of a look at one thing.</summary>
internal enum DoctorState
{
    Ok,
    Warning,
    Problem,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">A stable word for programs.</param>
/// <param name="State">What came of it.</param>
/// <param name="Text">What was found, in one line.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record DoctorCheck(string Name, DoctorState State, string Text, string? Hint = null);

/// <summary>All that was found; without <c>checks</c> where only the GPU was asked for.</summary>
internal sealed record DoctorOutput(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<DoctorCheck>? Checks, GpuReport Gpu);

internal sealed class DoctorStateConverter() : JsonStringEnumConverter<DoctorState>(JsonNamingPolicy.KebabCaseLower);

/// <summary>The library's own form of a GPU report.</summary>
internal sealed class GpuReportConverter : JsonConverter<GpuReport>
{
    public override GpuReport Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("a GPU report is made by looking at a machine");

    public override void Write(Utf8JsonWriter writer, GpuReport value, JsonSerializerOptions options) => GpuReportJson.Write(writer, value);
}

/// <summary>Shows what <c>dv doctor</c> found: a line for each thing, and the block of the GPU.</summary>
internal static class DoctorReport
{
    internal static void Write(ConsoleReporter reporter, IReadOnlyList<DoctorCheck>? checks, GpuReport gpu)
    {
        foreach (DoctorCheck check in checks ?? [])
        {
            reporter.Answer($"{Mark(reporter.Paint, check.State)}  {check.Name,-11} {Printable.Text(check.Text)}");
            if (check.Hint is not null)
                reporter.Answer(reporter.Paint.Dim($"{"",21}({Printable.Text(check.Hint)})"));
        }
        // A machine without a GPU has been told so in one line already.
        if (checks is not null && gpu.Verdict.Cause == GpuCause.NoDriver && !reporter.Verbose)
            return;
        if (checks is not null)
            reporter.Answer("");
        foreach (string line in GpuReportText.Lines(gpu))
            reporter.Answer(Printable.Text(line));
    }

    private static string Mark(Paint paint, DoctorState state) => state switch
    {
        DoctorState.Ok => paint.Green("ok     "),
        DoctorState.Warning => paint.Yellow("warning"),
        DoctorState.Problem => paint.Red("problem"),
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
