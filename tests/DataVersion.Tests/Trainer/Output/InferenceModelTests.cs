using DataVersion.Tests.Trainer.Training;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Output;
using DataVersion.Trainer.Training;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace DataVersion.Tests.Trainer.Output;

public sealed class InferenceModelTests
{
    private static readonly SampleTable Table = SampleTable.Create(300, 4);
    private static readonly Network Network = new(new FeatureLayout(Table.Inputs), [8, 4]);
    private static readonly float[] Parameters = Begin();

    [Fact]
    public void The_model_says_what_the_reference_says_of_raw_values()
    {
        var reference = new ReferenceNetwork(Table, [8, 4]);
        double[] exact = Array.ConvertAll(Parameters, p => (double)p);

        float[] probabilities = Ask(Enumerable.Range(0, 300).Select(r => (Table.Number(r).ToArray(), Table.Codes(r).ToArray())));

        for (int row = 0; row < 300; row++)
            Assert.Equal(1 / (1 + Math.Exp(-reference.Logit(exact, row, row))), probabilities[row], 1e-5);
    }

    [Fact]
    public void A_word_that_was_not_seen_is_as_if_it_were_missing()
    {
        float[] probabilities = Ask([([20, 12, 40], [1, 3])], ("country", "XX"), ("merchant", "nobody"));

        Assert.Equal(Ask([([20, 12, 40], [0, 0])]), probabilities);
    }

    [Fact]
    public void Numbers_that_are_missing_or_endless_give_a_probability()
    {
        float[] probabilities = Ask([([float.NaN, float.NaN, float.NaN], [1, 1]), ([float.PositiveInfinity, float.NegativeInfinity, 1e38f], [1, 1])]);

        Assert.All(probabilities, p => Assert.InRange(p, 0, 1));
    }

    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(1e300, 1e300)]
    [InlineData(-1e300, 1e-300)]
    [InlineData(1.0, double.NaN)]
    public void Strange_statistics_give_a_probability(double mean, double deviation)
    {
        var statistics = new SignatureStatistics { Count = 9, Missing = 1, Mean = mean, StandardDeviation = deviation };
        var network = new Network(new FeatureLayout([new() { Name = "x", Type = SignatureType.Number, Statistics = statistics }]), [2]);
        (byte[] bytes, _) = InferenceModel.Build(network, network.Begin(1, 1), "y");

        float[] values = [0, 1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue];
        Assert.All(GraphRunner.Run(bytes, ("x", GraphRunner.Floats(values, values.Length, 1)))[0], p => Assert.InRange(p, 0, 1));
    }

    [Fact]
    public void Inputs_and_output_are_those_of_the_signature()
    {
        (byte[] bytes, string output) = InferenceModel.Build(Network, Parameters, "fraud");
        using var session = new InferenceSession(bytes);

        Assert.Equal(Table.Inputs.Select(i => i.Name), session.InputNames);
        Assert.Equal(["probability"], session.OutputNames);
        Assert.Equal("probability", output);
        Assert.All(session.InputMetadata.Values.Append(session.OutputMetadata["probability"]), m => Assert.Equal([-1, 1], m.Dimensions));
        Assert.Equal(typeof(string), session.InputMetadata["merchant"].ElementType);
        Assert.Equal(typeof(float), session.InputMetadata["age"].ElementType);
        Assert.Equal("fraud", session.ModelMetadata.CustomMetadataMap["target"]);
    }

    [Theory]
    [InlineData("probability")]
    [InlineData("layer1.weight")]
    [InlineData("/Gemm_12")]
    public void A_column_may_have_any_name(string name)
    {
        SignatureInput[] inputs = [new() { Name = name, Type = SignatureType.Number, Statistics = new SignatureStatistics { Count = 1, Missing = 0, Mean = 0, StandardDeviation = 0 } }];
        var network = new Network(new FeatureLayout(inputs), [2]);

        (byte[] bytes, string output) = InferenceModel.Build(network, network.Begin(1, 1), "y");
        using var session = new InferenceSession(bytes);

        Assert.Equal([name], session.InputNames);
        Assert.Equal(name == "probability" ? "probability_" : "probability", output);
    }

    [Fact]
    public void Categories_alone_are_enough()
    {
        var network = new Network(new FeatureLayout([.. Table.Inputs.Skip(3)]), []);
        (byte[] bytes, _) = InferenceModel.Build(network, network.Begin(1, 0.25), "y");

        Assert.InRange(GraphRunner.Run(bytes, ("country", GraphRunner.Words(["FR"], 1, 1)), ("merchant", GraphRunner.Words([""], 1, 1)))[0][0], 0.01, 0.9);
    }

    /// <summary>What a network that knows nothing says is the share that it was begun with.</summary>
    [Fact]
    public void A_model_without_training_says_about_the_share_of_positives()
    {
        float[] parameters = Network.Begin(3, 0.25);
        (byte[] bytes, _) = InferenceModel.Build(Network, Array.ConvertAll(parameters[..^1], _ => 0f).Append(parameters[^1]).ToArray(), "y");

        Assert.Equal(0.2f, GraphRunner.Run(bytes, Inputs([([1, 2, 3], [1, 1])]))[0][0], 6);
    }

    private static float[] Ask(IEnumerable<(float[] Numbers, int[] Codes)> rows, params (string Column, string Word)[] words)
    {
        (byte[] bytes, _) = InferenceModel.Build(Network, Parameters, "fraud");
        (string Name, OrtValue Value)[] inputs = Inputs([.. rows]);
        foreach ((string column, string word) in words)
        {
            int at = Array.FindIndex(inputs, i => i.Name == column);
            inputs[at].Value.Dispose();
            inputs[at].Value = GraphRunner.Words([word], 1, 1);
        }
        return GraphRunner.Run(bytes, inputs)[0];
    }

    private static (string, OrtValue)[] Inputs((float[] Numbers, int[] Codes)[] rows)
    {
        string Word(int category, int code) => code == 0 ? "" : Table.Inputs[3 + category].Categories[code - 1];
        return
        [
            .. Enumerable.Range(0, 3).Select(c => (Table.Inputs[c].Name, GraphRunner.Floats([.. rows.Select(r => r.Numbers[c])], rows.Length, 1))),
            .. Enumerable.Range(0, 2).Select(c => (Table.Inputs[3 + c].Name, GraphRunner.Words([.. rows.Select(r => Word(c, r.Codes[c]))], rows.Length, 1))),
        ];
    }

    private static float[] Begin()
    {
        float[] parameters = Network.Begin(3, 0.5);
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] += 0.1f * MathF.Sin(i);
        return parameters;
    }
}
