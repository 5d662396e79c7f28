using DataVersion.Trainer.Onnx;
using Xunit;

namespace DataVersion.Tests.Trainer.Onnx;

public sealed class GraphBuilderTests
{
    private static readonly Dictionary<string, Action<GraphBuilder>> Wrong = new()
    {
        ["sum of shapes that do not fit"] = g => g.Add(Floats(g, "a", 2, 3), Floats(g, "b", 2, 4)),
        ["sum over sizes that may differ"] = g => g.Add(Floats(g, "a", "n", 3), Floats(g, "b", "m", 3)),
        ["sum of types"] = g => g.Add(Floats(g, "a", 2), g.Input("b", ElementType.Int32, 2)),
        ["sum of words"] = g => g.Add(g.Input("a", ElementType.String, 2), g.Input("b", ElementType.String, 2)),
        ["product with another inner size"] = g => g.MatMul(Floats(g, "a", 2, 3), Floats(g, "b", 4, 2)),
        ["product of vectors"] = g => g.MatMul(Floats(g, "a", 3), Floats(g, "b", 3)),
        ["Gemm with the wrong one transposed"] = g => g.Gemm(Floats(g, "a", 2, 3), Floats(g, "b", 3, 4), transA: true),
        ["Gemm whose bias would widen it"] = g => g.Gemm(Floats(g, "a", 1, 3), Floats(g, "b", 3, 4), Floats(g, "c", 5, 4)),
        ["logarithm of integers"] = g => g.Log(g.Input("a", ElementType.Int32, 2)),
        ["choice by numbers"] = g => g.Where(Floats(g, "a", 2), Floats(g, "b", 2), Floats(g, "c", 2)),
        ["Gather by floats"] = g => g.Gather(Floats(g, "a", 2, 3), Floats(g, "b", 1)),
        ["Gather along an axis that is not there"] = g => g.Gather(Floats(g, "a", 2, 3), g.Input("b", ElementType.Int64, 1), 2),
        ["ScatterND of other shapes"] = g => g.ScatterAddRows(Floats(g, "a", 5, 3), g.Input("b", ElementType.Int64, 2, 1), Floats(g, "c", 2, 2)),
        ["Concat of types"] = g => g.Concat(0, Floats(g, "a", 2), g.Input("b", ElementType.Int64, 2)),
        ["Concat of other sizes"] = g => g.Concat(1, Floats(g, "a", 2, 3), Floats(g, "b", 3, 3)),
        ["Split into too much"] = g => g.Split(Floats(g, "a", 5), 0, 2, 4),
        ["Slice beyond the end"] = g => g.Slice(Floats(g, "a", 5), 0, 2, 6),
        ["Reshape to another size"] = g => g.Reshape(Floats(g, "a", "n", 4), "n", 5),
        ["Reshape to another unknown"] = g => g.Reshape(Floats(g, "a", "n", 4), "m", 4),
        ["Reshape to two unknowns"] = g => g.Reshape(Floats(g, "a", "n", "m"), "m", "n"),
        ["limits the wrong way round"] = g => g.Clip(Floats(g, "a", 2), 1, -1),
        ["LabelEncoder of numbers"] = g => g.LabelEncoder(Floats(g, "a", 2), ["x"], [1], 0),
        ["LabelEncoder with too few numbers"] = g => g.LabelEncoder(g.Input("a", ElementType.String, 2), ["x", "y"], [1], 0),
        ["constant of another size"] = g => g.Constant("a", [1f, 2], 3),
        ["two of one name"] = g => { Floats(g, "a", 2); Floats(g, "a", 2); },
        ["no name"] = g => Floats(g, "", 2),
        ["a value of another graph"] = g => g.Relu(new GraphBuilder("other").Input("a", ElementType.Float, 2)),
        ["gradient of a matrix"] = g => Gradients.Of(Floats(g, "a", 2, 2)),
        ["gradient by what has no part in it"] = g => Gradients.Of(g.ReduceSum(Floats(g, "a", 2), keepDims: false), Floats(g, "b", 2)),
        ["gradient through what cannot be differentiated"] = g =>
        {
            Value a = Floats(g, "a", 2, 3);
            Gradients.Of(g.ReduceSum(g.Gather(a, g.Input("i", ElementType.Int64, 1), 1), keepDims: false), a);
        },
    };

    public static TheoryData<string> WrongNames => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void What_does_not_fit_is_refused_when_it_is_built(string what) => Assert.Throws<GraphException>(() => Wrong[what](new GraphBuilder("wrong")));

    [Fact]
    public void A_result_that_is_an_input_gets_a_name_of_its_own()
    {
        var graph = new GraphBuilder("same");
        Value x = graph.Input("x", ElementType.Float, 2);
        graph.Output("y", x);

        Assert.Equal([1f, 2], GraphRunner.Run(graph, ("x", GraphRunner.Floats([1, 2], 2))));
    }

    [Fact]
    public void Losses_of_far_away_logits_are_finite()
    {
        var graph = new GraphBuilder("softplus");
        graph.Output("y", graph.Softplus(graph.Input("x", ElementType.Float, 4)));

        Assert.Equal([0f, 0.6931472f, 1000, 50], GraphRunner.Run(graph, ("x", GraphRunner.Floats([-1000, 0, 1000, 50], 4))));
    }

    [Fact]
    public void Words_become_their_numbers_and_other_words_the_default()
    {
        var graph = new GraphBuilder("words");
        graph.Output("y", graph.LabelEncoder(graph.Input("x", ElementType.String, "n"), ["a", "ü", ""], [1, 2, 3], 0));

        Assert.Equal([2f, 1, 0, 3], GraphRunner.Run(graph, ("x", GraphRunner.Words(["ü", "a", "A", ""], 4))));
    }

    private static Value Floats(GraphBuilder graph, string name, params Dimension[] shape) => graph.Input(name, ElementType.Float, shape);
}
