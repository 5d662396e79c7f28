using DataVersion.Tracking.Records;
using DataVersion.Tracking.Reproduction;
using Xunit;

namespace DataVersion.Tests.Tracking.Reproduction;

public sealed class RecordedVariablesTests
{
    [Fact]
    public void What_changes_results_is_as_it_was_and_the_rest_is_the_users()
    {
        RunRecord record = SampleRecords.Full() is var full ? full with
        {
            Runtime = full.Runtime! with { EnvAllowList = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1", ["CUDA_VISIBLE_DEVICES"] = "GPU-far-away", ["RANK"] = "0", ["XLA_FLAGS"] = Redactor.Mark } },
            Train = full.Train with { Seeds = new Dictionary<string, string> { ["seed"] = "7", ["NP_SEED"] = "3" } },
        } : full;
        var own = new Dictionary<string, string>
        {
            ["HOME"] = "/home/u",
            ["OMP_NUM_THREADS"] = "8",
            ["MKL_NUM_THREADS"] = "8",
            ["CUDA_VISIBLE_DEVICES"] = "1",
            ["RANK"] = "2",
            ["WORLD_SIZE"] = "4",
            ["DV_RUN_KEY"] = "k",
            ["DV_REV"] = "x",
            ["DV_REPO"] = "y",
            ["DV_PIN"] = "z",
            ["DV_PARAM_LR"] = "9",
            ["OPENLINEAGE_URL"] = "http://x.invalid",
            ["DV_MLFLOW"] = "require",
            ["XLA_FLAGS"] = "mine",
            ["DV_JOBS"] = "2",
        };

        Dictionary<string, string> variables = RecordedVariables.For(own, record, image: null);

        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["CUDA_VISIBLE_DEVICES"] = "1",
                ["DV_JOBS"] = "2",
                ["DV_MLFLOW"] = "off",
                ["HOME"] = "/home/u",
                ["NP_SEED"] = "3",
                ["OMP_NUM_THREADS"] = "1",
                ["XLA_FLAGS"] = "mine",
            },
            new SortedDictionary<string, string>(variables));
        Assert.Equal("img", RecordedVariables.For(own, record, "img")["DV_IMAGE"]);
    }
}
