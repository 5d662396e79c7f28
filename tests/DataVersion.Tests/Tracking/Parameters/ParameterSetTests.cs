using System.Text;
using DataVersion.Tracking.Parameters;
using Xunit;

namespace DataVersion.Tests.Tracking.Parameters;

public sealed class ParameterSetTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public void The_command_line_beats_variables_and_these_the_file()
    {
        ParameterSet set = Load(
            ["lr=1", "new=x"], new() { ["DV_PARAM_LR"] = "2", ["DV_PARAM_EPOCHS"] = "20", ["DV_PARAM_BATCH_SIZE"] = "8", ["OTHER"] = "y" }, "lr: 3\nepochs: 30\ndepth: 4\n");
        Assert.Equal(
            [
                new("lr", "1", ParameterSource.CommandLine), new("epochs", "20", ParameterSource.Environment), new("depth", "4", ParameterSource.File),
                new("new", "x", ParameterSource.CommandLine), new("batch_size", "8", ParameterSource.Environment),
            ],
            set.Parameters);
    }

    [Fact]
    public void A_variable_is_the_parameter_that_is_exported_under_its_name()
    {
        ParameterSet set = Load(["Model/Width=1"], new() { ["DV_PARAM_OPT_LEARNING_RATE"] = "9", ["DV_PARAM_MODEL_WIDTH"] = "9" }, "opt: {Learning-Rate: 2}\n");
        Assert.Equal(
            [new("opt.Learning-Rate", "9", ParameterSource.Environment), new("Model/Width", "1", ParameterSource.CommandLine)], set.Parameters);
    }

    [Fact]
    public void A_value_may_be_empty_or_have_anything_but_NUL_in_it()
    {
        Assert.Equal(["", "=", "a=b", " x\n😀"], Load(["a=", "b==", "c=a=b", "d= x\n😀"]).Parameters.Select(p => p.Value));
        Refused("--param", "a=\0");
        Refused("longer than", "a=" + new string('x', 200_000));
    }

    [Theory]
    [InlineData("lr", "'=' is missing"), InlineData("=1", "'' is not a parameter's name"), InlineData("a:b=1", "'a:b' is not"), InlineData("ä=1", "is not a parameter's name")]
    [InlineData("a\nb=1", "'a\\nb' is not")]
    public void A_bad_pair_is_refused(string pair, string problem) => Refused(problem, pair);

    [Fact]
    public void A_name_on_the_command_line_twice_is_refused() => Refused("'a' is given twice", "a=1", "a=1");

    [Fact]
    public void Names_have_at_most_250_characters()
    {
        Assert.Single(Load([new string('n', 250) + "=1"]).Parameters);
        Refused("is not a parameter's name", new string('n', 251) + "=1");
    }

    [Fact]
    public void Parameters_are_exported()
    {
        var variables = new Dictionary<string, string> { ["PATH"] = "p", ["DV_PARAM_LR"] = "old" };
        Load(["lr=1", "opt.beta-2=0.9", "a/b c_d=x"]).ExportTo(variables);
        Assert.Equal(
            new Dictionary<string, string> { ["PATH"] = "p", ["DV_PARAM_LR"] = "1", ["DV_PARAM_OPT_BETA_2"] = "0.9", ["DV_PARAM_A_B_C_D"] = "x" }, variables);
    }

    [Fact]
    public void Two_names_with_one_variable_are_refused_and_nothing_is_exported()
    {
        var variables = new Dictionary<string, string>();
        UsageException error = Assert.Throws<UsageException>(() => Load(["x=1", "a-b=1", "a.B=2"]).ExportTo(variables));
        Assert.Contains("'a-b' and 'a.B' would both be exported as DV_PARAM_A_B", error.Message, StringComparison.Ordinal);
        Assert.Empty(variables);
    }

    [Fact]
    public void An_ambiguous_variable_is_refused()
    {
        UsageException error = Assert.Throws<UsageException>(() => Load([], new() { ["DV_PARAM_A_B"] = "1" }, "a-b: 1\na.b: 2\n"));
        Assert.Contains("'a-b' or 'a.b'", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<UsageException>(() => Load([], new() { ["DV_PARAM_X"] = "1", ["DV_PARAM_x"] = "2" }));
        Assert.Contains("DV_PARAM_X and DV_PARAM_x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Seeds_are_found_and_other_secrets_are_not()
    {
        ParameterSet set = Load(["seed=1", "data.random_seed=2", "np-seed=3", "seedling=4", "reseed=5"]);
        IReadOnlyDictionary<string, string> seeds = set.Seeds(new Dictionary<string, string>
        {
            ["PYTHONHASHSEED"] = "random",
            ["GLOBAL_SEED"] = "-7",
            ["WALLET_SEED"] = "witch collapse practice",
            ["DV_PARAM_SEED"] = "1",
            ["SEEDS"] = "1",
            ["PL_GLOBAL_SEED"] = "0",
        });
        Assert.Equal(["GLOBAL_SEED=-7", "PL_GLOBAL_SEED=0", "PYTHONHASHSEED=random", "data.random_seed=2", "np-seed=3", "seed=1"],
            seeds.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}={s.Value}"));
    }

    [Fact]
    public void Too_many_are_refused() => Refused("10001 parameters", [.. Enumerable.Range(0, 10_001).Select(i => $"p{i}=1")]);

    [Fact]
    public void What_was_exported_is_read_back_as_the_same()
    {
        ParameterSet first = Load(["lr=1", "opt.beta-2=0.9"], new() { ["DV_PARAM_X"] = "y" });
        var variables = new Dictionary<string, string>();
        first.ExportTo(variables);
        ParameterSet second = Load(["lr=1", "opt.beta-2=0.9"], variables);
        Assert.Equal(first.Parameters, second.Parameters);
    }

    internal static ParameterSet Load(string[] pairs, Dictionary<string, string>? variables = null, string? yaml = null) =>
        ParameterSet.Load(pairs, variables ?? Nothing, yaml is null ? null : "params.yaml", yaml is null ? null : Encoding.UTF8.GetBytes(yaml));

    private static void Refused(string problem, params string[] pairs) =>
        Assert.Contains(problem, Assert.Throws<UsageException>(() => Load(pairs)).Message, StringComparison.Ordinal);
}
