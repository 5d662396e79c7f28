using DataVersion.Tracking.Records;
using DataVersion.Tracking.Reproduction;
using Xunit;

namespace DataVersion.Tests.Tracking.Reproduction;

public sealed class RecordObstaclesTests
{
    private static readonly RunRecord Repeatable = SampleRecords.Full() is var full ? full with
    {
        Train = full.Train with { Redacted = false },
        Orchestrator = null,
        Data = [.. full.Data.Select(d => d with { Verified = true })],
    } : null!;

    [Fact]
    public void A_complete_record_has_none() => Assert.Empty(Find(Repeatable));

    [Fact]
    public void Each_thing_that_is_missing_is_said()
    {
        AssertOne(Repeatable with { Stage = "failed:verify" }, "did not end well (failed:verify)");
        AssertOne(Repeatable with { Code = null }, "no commit");
        AssertOne(Repeatable with { Train = Repeatable.Train with { Command = [] } }, "no command");
        AssertOne(Repeatable with { Outputs = [], Metrics = null }, "nothing to compare");
        AssertOne(Repeatable with { Orchestrator = new OrchestratorFacts { Kind = "slurm", Rank = 0, WorldSize = 4 } }, "one of 4 processes");
        AssertOne(Repeatable with { Data = [Repeatable.Data[0] with { Verified = false }] }, "'data/train' was not what its pointer says");
        AssertOne(Repeatable with { Train = Repeatable.Train with { WorkingDirectory = "../elsewhere" } }, "working directory", "output");
        AssertOne(Repeatable with { Train = Repeatable.Train with { Out = ["../../models"] } }, "'../../models' lies outside");
        AssertOne(Repeatable with { Train = Repeatable.Train with { Out = ["/models"] } }, "'/models' lies outside");
    }

    [Fact]
    public void All_of_them_are_listed() =>
        Assert.Equal(3, Find(Repeatable with { Code = null, Outputs = [], Metrics = null, Train = Repeatable.Train with { Redacted = true } }).Count);

    [Fact]
    public void A_secret_parameter_that_is_given_again_is_no_obstacle()
    {
        RunRecord record = Repeatable with
        {
            Train = Repeatable.Train with { Redacted = true, Params = new Dictionary<string, string> { ["api_key"] = Redactor.Mark, ["lr"] = "0.1" } },
        };

        Assert.Single(Find(record));
        Assert.Single(Find(record, "lr=0.2"));
        Assert.Empty(Find(record, "api_key=abc=def"));
        Assert.Single(Find(record with { Train = record.Train with { Command = ["train", "--token", Redactor.Mark] } }, "api_key=abc"));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("src", "../models", true)]
    [InlineData("src", "../../models", false)]
    [InlineData("", "a/../../b/../../c", false)]
    [InlineData("..", "repo/models", false)]
    [InlineData("", "/etc", false)]
    [InlineData("/", "etc", false)]
    [InlineData("", "..models", true)]
    [InlineData("", "a\0b", false)]
    public void Paths_that_leave_the_repository_are_told(string folder, string path, bool isInside) => Assert.Equal(isInside, RecordObstacles.IsInside(folder, path));

    private static List<ReproductionObstacle> Find(RunRecord record, params string[] parameters) =>
        [.. RecordObstacles.Find(new ReproductionRequest { Original = record, ReadDocument = static (_, _, _) => Task.FromResult<byte[]?>(null), Parameters = parameters })];

    private static void AssertOne(RunRecord record, params string[] problems)
    {
        List<ReproductionObstacle> found = Find(record);
        Assert.Equal(problems.Length, found.Count);
        Assert.All(problems.Zip(found), p => Assert.Contains(p.First, p.Second.Problem, StringComparison.Ordinal));
    }
}
