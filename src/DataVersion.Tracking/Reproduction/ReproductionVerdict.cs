using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Reproduction;

/// <summary>Whether two runs have the same result, and if not, what differs and what may be the cause.</summary>
public sealed record ReproductionVerdict
{
    // What a container brings along itself: of these, the repetition's record tells the host's.
    private static readonly string[] OfImage = ["os", "python", "dotnet", "system packages", "cuda runtime", "cudnn", "onnx runtime"];

    // Settings that decide how many threads add up numbers, and in which order.
    private static readonly string[] ThreadVariables =
        ["$OMP_NUM_THREADS", "$MKL_NUM_THREADS", "$OPENBLAS_NUM_THREADS", "$NUMEXPR_NUM_THREADS", "$OMP_PROC_BIND", "$OMP_PLACES", "$KMP_AFFINITY", "$MKL_CBWR"];

    /// <summary>What it comes to.</summary>
    public required ReproductionOutcome Outcome { get; init; }

    /// <summary>The relative tolerance of metrics.</summary>
    public required double Tolerance { get; init; }

    /// <summary>The largest relative deviation of a metric that both have; null where there is none, infinite where one is not a number.</summary>
    public double? LargestDeviation { get; init; }

    /// <summary>How many outputs were compared; a folder counts as its files do.</summary>
    public required int Outputs { get; init; }

    /// <summary>How many metrics were compared.</summary>
    public required int Metrics { get; init; }

    /// <summary>What differs of the results: outputs by path, then metrics by name.</summary>
    public required IReadOnlyList<RecordDifference> Differences { get; init; }

    /// <summary>What differs of code, data, parameters and environment.</summary>
    public required IReadOnlyList<RecordDifference> Causes { get; init; }

    /// <summary>True where both ran in the same image, or both in none.</summary>
    public required bool SameImage { get; init; }

    /// <summary>True where both had processors with the same features; without that, equal bytes are not promised.</summary>
    public required bool SameCpuFeatures { get; init; }

    /// <summary>True where both had the same number of processors and of threads.</summary>
    public required bool SameThreads { get; init; }

    /// <summary>Compares a run with its repetition.</summary>
    /// <param name="original">The run.</param>
    /// <param name="repetition">Its repetition, which ended well.</param>
    /// <param name="tolerance">The relative tolerance of metrics; 0 for none.</param>
    /// <param name="inImage">True where the repetition ran in the recorded image.</param>
    public static ReproductionVerdict Of(RunRecord original, RunRecord repetition, double tolerance, bool inImage = false)
    {
        IReadOnlyList<RecordDifference> all = RecordComparison.Compare(original, repetition);
        List<RecordDifference> outputs = [.. all.Where(d => d.Kind == DifferenceKind.Outputs)];
        List<RecordDifference> metrics = [.. all.Where(d => d.Kind == DifferenceKind.Metrics)];
        IReadOnlyDictionary<string, double> before = Final(original), after = Final(repetition);
        bool agree = before.Count > 0 && before.Keys.Union(after.Keys).All(name =>
            before.TryGetValue(name, out double a) && after.TryGetValue(name, out double b) && Deviation(a, b) <= tolerance);
        List<double> deviations = [.. before.Keys.Intersect(after.Keys).Select(name => Deviation(before[name], after[name]))];
        bool hasOutputs = original.Outputs.Count > 0;
        IReadOnlyList<RecordDifference> causes = [.. RecordComparison.Causes(original, repetition).Where(d => Matters(d, inImage))];
        return new ReproductionVerdict
        {
            Outcome = hasOutputs && outputs.Count == 0 && SameRoots(original, repetition) ? ReproductionOutcome.Identical
                : agree ? ReproductionOutcome.Equivalent : ReproductionOutcome.Different,
            Tolerance = tolerance,
            LargestDeviation = deviations.Count == 0 ? null : deviations.Max(),
            Outputs = original.Outputs.Sum(o => o.Kind == "dir" ? o.Files.Count : 1),
            Metrics = before.Count,
            Differences = [.. outputs, .. metrics],
            Causes = causes,
            SameImage = original.Image?.Reference == repetition.Image?.Reference,
            SameCpuFeatures = original.Runtime?.CpuFlagsSha256 is { } flags && flags == repetition.Runtime?.CpuFlagsSha256,
            SameThreads = original.Runtime is { } left && repetition.Runtime is { } right && left.Cpus == right.Cpus && !causes.Any(c => ThreadVariables.Contains(c.Name)),
        };
    }

    /// <summary>How far two numbers are apart, relative to the larger one: 0 for equal ones and for two that are no numbers.</summary>
    internal static double Deviation(double a, double b)
    {
        if (a.Equals(b))
            return 0;
        double larger = Math.Max(Math.Abs(a), Math.Abs(b));
        // Half of each: the difference of the two largest numbers is infinite.
        return double.IsFinite(a) && double.IsFinite(b) ? Math.Abs(a / larger - b / larger) : double.PositiveInfinity;
    }

    // A list of files may be cut off; the ids of trees cover what it leaves out.
    private static bool SameRoots(RunRecord original, RunRecord repetition) =>
        original.Outputs.Select(o => (o.Path, o.Kind, o.Sha256)).Order().SequenceEqual(repetition.Outputs.Select(o => (o.Path, o.Kind, o.Sha256)).Order());

    private static IReadOnlyDictionary<string, double> Final(RunRecord record) => record.Metrics?.Final ?? new Dictionary<string, double>();

    private static bool Matters(RecordDifference difference, bool inImage)
    {
        if (difference is { Kind: DifferenceKind.Code, Name: "repository" })
            return false;
        if (difference.Kind != DifferenceKind.Environment)
            return true;
        bool ofRun = difference.Name.StartsWith("$DV_", StringComparison.Ordinal) || RankFacts.Variables.Contains(difference.Name.TrimStart('$'));
        bool ofImage = inImage && (OfImage.Contains(difference.Name)
            || difference.Name.StartsWith("python ", StringComparison.Ordinal) || difference.Name.StartsWith("nuget ", StringComparison.Ordinal));
        return !ofRun && !ofImage;
    }
}
