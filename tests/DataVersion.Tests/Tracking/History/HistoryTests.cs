using DataVersion.Testing;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;
using Xunit;

namespace DataVersion.Tests.Tracking.History;

public sealed class HistoryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Equal_runs_do_not_differ_whenever_they_were() =>
        Assert.Empty(RecordComparison.Compare(SampleRecords.Full(), SampleRecords.Full() with { RunUuid = SampleRecords.Id(7), StartedOn = SampleRecords.Start.AddDays(1), Attempt = 5 }));

    [Fact]
    public void Everything_that_differs_is_named_with_both_sides()
    {
        RunRecord left = SampleRecords.Full();
        RunRecord right = left with
        {
            Code = left.Code! with { Commit = new string('9', 40) },
            Data = [left.Data[0] with { Hash = SampleRecords.Hash('9') }],
            Train = left.Train with { Params = new Dictionary<string, string> { ["lr"] = "0.2", ["seed"] = "7" } },
            Runtime = left.Runtime! with { Packages = [new PackageFacts("python", "numpy", "2.2.0")] },
            Metrics = new MetricsFacts(new Dictionary<string, double> { ["auc"] = 0.5, ["loss"] = double.NaN }, 12, null),
            Outputs = [left.Outputs[0] with { Sha256 = SampleRecords.Hash('8'), Files = [left.Outputs[0].Files[0] with { Sha256 = SampleRecords.Hash('7') }, left.Outputs[0].Files[1]] }],
        };

        Assert.Equal(
        [
            (DifferenceKind.Code, "commit"), (DifferenceKind.Data, "data/old.csv"), (DifferenceKind.Data, "data/train"), (DifferenceKind.Params, "param lr"),
            (DifferenceKind.Environment, "nuget Example"), (DifferenceKind.Environment, "python numpy"), (DifferenceKind.Metrics, "auc"),
            (DifferenceKind.Outputs, "models/"), (DifferenceKind.Outputs, "models/model.onnx"),
        ], RecordComparison.Compare(left, right).Select(d => (d.Kind, d.Name)));
        RecordDifference numpy = RecordComparison.Compare(left, right).Single(d => d.Name == "python numpy");
        Assert.Equal(("2.1.0", "2.2.0"), (numpy.Left, numpy.Right));
        RecordDifference old = RecordComparison.Compare(left, right).Single(d => d.Name == "data/old.csv");
        Assert.Null(old.Right);
        Assert.All(RecordComparison.Causes(left, right), d => Assert.NotInRange(d.Kind, DifferenceKind.Metrics, DifferenceKind.Outputs));
    }

    [Fact]
    public async Task A_model_is_traced_back_through_the_run_that_made_its_data()
    {
        var store = new RunStore(_folder.At("runs"));
        store.Save(Run(1, data: 'a', output: 'b'));
        store.Save(Run(2, data: 'b', output: 'c'));
        // The same bytes made again later explain nothing.
        store.Save(Run(3, data: 'x', output: 'b'));
        var tracer = new Tracer(new RunCatalog(store, null));

        TraceResult trace = await tracer.TraceAsync(SampleRecords.Hash('c'), Token);

        TracedRun maker = Assert.Single(trace.MadeBy);
        Assert.Equal(SampleRecords.Id(2), maker.Run.RunUuid);
        Assert.Equal(SampleRecords.Id(1), Assert.Single(maker.Data).MadeBy!.Run.RunUuid);
        Assert.Null(maker.Data[0].MadeBy!.Data[0].MadeBy);
        Assert.Empty(trace.UsedBy);
    }

    [Fact]
    public async Task Data_are_traced_forward_to_every_run_that_used_them()
    {
        var store = new RunStore(_folder.At("runs"));
        store.Save(Run(1, data: 'a', output: 'b'));
        store.Save(Run(2, data: 'a', output: 'c'));
        store.Save(Run(3, data: 'd', output: 'e'));

        TraceResult trace = await new Tracer(new RunCatalog(store, null)).TraceAsync(SampleRecords.Hash('a')[..12], Token);

        Assert.Equal([SampleRecords.Id(2), SampleRecords.Id(1)], trace.UsedBy.Select(r => r.RunUuid));
        Assert.Empty(trace.MadeBy);
    }

    [Fact]
    public async Task A_circle_of_runs_ends()
    {
        var store = new RunStore(_folder.At("runs"));
        store.Save(Run(1, data: 'b', output: 'a') with { StartedOn = SampleRecords.Start });
        store.Save(Run(2, data: 'a', output: 'b') with { StartedOn = SampleRecords.Start });

        TraceResult trace = await new Tracer(new RunCatalog(store, null)).TraceAsync(SampleRecords.Hash('b'), Token);

        Assert.Null(Assert.Single(trace.MadeBy).Data[0].MadeBy!.Data[0].MadeBy);
    }

    private static RunRecord Run(int minute, char data, char output) => SampleRecords.Full() with
    {
        RunUuid = SampleRecords.Id(minute),
        StartedOn = SampleRecords.Start.AddMinutes(minute),
        Data = [SampleRecords.Full().Data[0] with { Hash = SampleRecords.Hash(data) }],
        DataDigest = null,
        Outputs = [new OutputFacts { Path = "model.onnx", Kind = "file", Sha256 = SampleRecords.Hash(output), Size = 1, Nfiles = 1, Files = [new OutputFile("", SampleRecords.Hash(output), 1, null)] }],
    };
}
