using DataVersion.Tracking.Records;
using DataVersion.Tracking.Reproduction;
using Xunit;

namespace DataVersion.Tests.Tracking.Reproduction;

public sealed class ReproductionVerdictTests
{
    private static readonly RunRecord Original = SampleRecords.Full();

    [Fact]
    public void Equal_outputs_are_identical_whatever_else_differs()
    {
        RunRecord repetition = Original with { Metrics = Metrics(("auc", 0.1)), Runtime = Original.Runtime! with { Kernel = "7.0.0" } };

        ReproductionVerdict verdict = ReproductionVerdict.Of(Original, repetition, 0);

        Assert.Equal(ReproductionOutcome.Identical, verdict.Outcome);
        Assert.True(verdict is { SameImage: true, SameCpuFeatures: true, SameThreads: true, Outputs: 2 });
        Assert.Equal(["kernel"], verdict.Causes.Select(c => c.Name));
    }

    [Fact]
    public void What_equal_bytes_are_promised_for_is_told()
    {
        RunRecord repetition = Original with
        {
            Image = null,
            Runtime = Original.Runtime! with { CpuFlagsSha256 = SampleRecords.Hash('9'), EnvAllowList = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "2" } },
        };

        ReproductionVerdict verdict = ReproductionVerdict.Of(Original, repetition, 0);

        Assert.True(verdict is { SameImage: false, SameCpuFeatures: false, SameThreads: false });
        Assert.Equal(["$OMP_NUM_THREADS", "cpu features", "image"], verdict.Causes.Select(c => c.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0.9375, 1e-6, ReproductionOutcome.Equivalent)]
    [InlineData(0.93750001, 1e-6, ReproductionOutcome.Equivalent)]
    [InlineData(0.93750001, 0, ReproductionOutcome.Different)]
    [InlineData(0.9376, 1e-6, ReproductionOutcome.Different)]
    [InlineData(0.9376, 0.01, ReproductionOutcome.Equivalent)]
    [InlineData(double.NaN, 1, ReproductionOutcome.Different)]
    [InlineData(double.PositiveInfinity, 1, ReproductionOutcome.Different)]
    [InlineData(-0.9375, 1, ReproductionOutcome.Different)]
    public void Other_outputs_are_judged_by_the_metrics(double auc, double tolerance, ReproductionOutcome expected)
    {
        RunRecord repetition = WithOtherOutputs() with { Metrics = Metrics(("auc", auc), ("loss", double.NaN)) };

        ReproductionVerdict verdict = ReproductionVerdict.Of(Original, repetition, tolerance);

        Assert.Equal(expected, verdict.Outcome);
        Assert.Contains(verdict.Differences, d => d.Name == "models/model.onnx");
    }

    [Fact]
    public void A_metric_that_only_one_has_is_a_difference()
    {
        Assert.Equal(ReproductionOutcome.Different, Judge(Metrics(("auc", 0.9375))));
        Assert.Equal(ReproductionOutcome.Different, Judge(Metrics(("auc", 0.9375), ("loss", double.NaN), ("f1", 1))));
        Assert.Equal(ReproductionOutcome.Different, Judge(null));

        static ReproductionOutcome Judge(MetricsFacts? metrics) => ReproductionVerdict.Of(Original, WithOtherOutputs() with { Metrics = metrics }, 1).Outcome;
    }

    [Fact]
    public void Without_outputs_equal_metrics_are_equivalent() =>
        Assert.Equal(ReproductionOutcome.Equivalent, ReproductionVerdict.Of(Original with { Outputs = [] }, Original with { Outputs = [] }, 0).Outcome);

    [Fact]
    public void A_folder_whose_list_of_files_was_cut_off_is_compared_by_its_tree()
    {
        RunRecord repetition = Original with { Metrics = null, Outputs = [Original.Outputs[0] with { Sha256 = SampleRecords.Hash('9') }] };

        Assert.Equal(ReproductionOutcome.Different, ReproductionVerdict.Of(Original, repetition, 0).Outcome);
    }

    [Fact]
    public void The_likely_causes_come_in_the_order_in_which_one_looks_for_them()
    {
        RunRecord repetition = WithOtherOutputs() with
        {
            Train = Original.Train with { Params = new Dictionary<string, string> { ["lr"] = "0.1", ["seed"] = "8" }, Seeds = new Dictionary<string, string> { ["seed"] = "8" } },
            Data = [Original.Data[0] with { Hash = SampleRecords.Hash('9') }, Original.Data[1]],
            Runtime = Original.Runtime! with { CpuModel = "Other CPU", Packages = [new PackageFacts("python", "numpy", "2.2.0"), Original.Runtime.Packages[1]] },
        };

        ReproductionVerdict verdict = ReproductionVerdict.Of(Original, repetition, 0);

        Assert.Equal(["data/train", "param seed", "cpu", "python numpy"], verdict.Causes.Select(c => c.Name));
        Assert.Equal(("7", "8"), (verdict.Causes[1].Left, verdict.Causes[1].Right));
    }

    [Fact]
    public void In_the_recorded_image_what_the_host_has_is_no_cause()
    {
        RunRecord repetition = WithOtherOutputs() with
        {
            Runtime = Original.Runtime! with { Os = "other 1", Python = null, Packages = [], SystemPackagesSha256 = SampleRecords.Hash('9'), CpuModel = "Other CPU" },
        };

        Assert.Equal(["cpu"], ReproductionVerdict.Of(Original, repetition, 0, inImage: true).Causes.Select(c => c.Name));
        Assert.True(ReproductionVerdict.Of(Original, repetition, 0).Causes.Count > 4);
    }

    [Fact]
    public void The_rank_and_the_clone_are_no_cause()
    {
        RunRecord repetition = Original with
        {
            Code = Original.Code! with { Repo = null },
            Runtime = Original.Runtime! with { EnvAllowList = new Dictionary<string, string>(Original.Runtime.EnvAllowList) { ["RANK"] = "0", ["DV_VERIFY"] = "full" } },
        };

        Assert.Empty(ReproductionVerdict.Of(Original, repetition, 0).Causes);
    }

    [Theory]
    [InlineData(double.MaxValue, -double.MaxValue, 2)]
    [InlineData(0, 0, 0)]
    [InlineData(0, -0.0, 0)]
    [InlineData(0, 1e-300, 1)]
    [InlineData(double.NegativeInfinity, double.NegativeInfinity, 0)]
    [InlineData(double.NegativeInfinity, double.PositiveInfinity, double.PositiveInfinity)]
    public void A_deviation_is_relative_to_the_larger_number(double a, double b, double expected) => Assert.Equal(expected, ReproductionVerdict.Deviation(a, b));

    private static RunRecord WithOtherOutputs() => Original with
    {
        Outputs = [Original.Outputs[0] with { Sha256 = SampleRecords.Hash('8'), Files = [Original.Outputs[0].Files[0] with { Sha256 = SampleRecords.Hash('7') }, Original.Outputs[0].Files[1]] }],
    };

    private static MetricsFacts Metrics(params (string Name, double Value)[] final) => new(final.ToDictionary(m => m.Name, m => m.Value), final.Length, null);
}
