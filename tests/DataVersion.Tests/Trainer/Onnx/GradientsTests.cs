using DataVersion.Trainer.Onnx;
using Xunit;

namespace DataVersion.Tests.Trainer.Onnx;

/// <summary>Each operator's gradient against finite differences of what ONNX Runtime computes.</summary>
public sealed class GradientsTests
{
    private const int Rows = 3, Columns = 4;

    /// <summary>From a matrix x [3, 4] of numbers between −2 and 2, none near 0, to anything.</summary>
    private static readonly Dictionary<string, Func<GraphBuilder, Value, Value>> Functions = new()
    {
        ["Add, broadcast"] = (g, x) => x + g.ReduceSum(x, keepDims: true, 0) + g.ReduceSum(x, keepDims: false),
        ["Add, twice the same"] = (g, x) => x + x,
        ["Sub, broadcast"] = (g, x) => x - g.ReduceSum(x, keepDims: true, 1),
        ["Mul, broadcast"] = (g, x) => x * g.Split(x, 0, 1, 1, 1)[1],
        ["Div, both sides"] = (g, x) => g.Split(x, 0, 1, 2)[0] / (x + 5),
        ["Neg"] = (g, x) => g.Neg(x),
        ["Relu"] = (g, x) => g.Relu(x),
        ["Sigmoid"] = (g, x) => g.Sigmoid(x),
        ["Softplus"] = (g, x) => g.Softplus(x),
        ["Exp"] = (g, x) => g.Exp(x),
        ["Log"] = (g, x) => g.Log(x + 5),
        ["Sqrt"] = (g, x) => g.Sqrt(x + 5),
        ["Identity"] = (g, x) => g.Identity(x),
        ["Cast"] = (g, x) => g.Cast(g.Cast(x, ElementType.Double) * 3, ElementType.Float),
        ["Where, first"] = (g, x) => g.Where(g.Greater(x, g.Number(0.1)), x * 3, g.Number(1)),
        ["Where, second"] = (g, x) => g.Where(g.Greater(x, g.Number(0.1)), g.Number(1), x * 3),
        ["Clip"] = (g, x) => g.Clip(x, -0.9, 0.9),
        ["MatMul"] = (g, x) => g.MatMul(x, g.Transpose(x)),
        ["Gemm"] = (g, x) => g.Gemm(x, g.Transpose(x), g.ReduceSum(x, keepDims: true, 1)),
        ["Gemm, first transposed"] = (g, x) => g.Gemm(x, x * 2, transA: true),
        ["Gemm, second transposed"] = (g, x) => g.Gemm(x * 2, x, transB: true),
        ["Gemm, both transposed"] = (g, x) => g.Gemm(x, g.Transpose(x * 2), transA: true, transB: true),
        ["ReduceSum of columns"] = (g, x) => g.ReduceSum(x * x, keepDims: false, 0),
        ["ReduceMean"] = (g, x) => g.ReduceMean(x * x, keepDims: false),
        ["ReduceMean of rows"] = (g, x) => g.ReduceMean(x * x, keepDims: true, 1),
        ["Reshape"] = (g, x) => g.Reshape(x, 2, 6) * g.Constant("c", [1f, 2], 2, 1),
        ["Concat"] = (g, x) => g.Concat(1, x * 2, x, g.Constant("c", [1f, 2, 3], 3, 1)),
        ["Split, one part unused"] = (g, x) => g.Split(x, 1, 1, 2, 1)[1] * g.Split(x, 1, 2, 2)[0],
        ["Gather, rows several times"] = (g, x) => g.Gather(x * x, g.Constant("i", [2L, 0, 2, 2], 2, 2)),
        ["one path of many"] = (g, x) => g.Sigmoid(g.Gemm(g.Relu(x), g.Constant("w", [1f, -2, 3, 0.5f], 4, 1))) * x,
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_gradient_is_what_finite_differences_say(string name)
    {
        const float Step = 0.01f;
        float[] x = [0.5f, -1.2f, 1.7f, -0.4f, 0.8f, 1.1f, -1.6f, 0.3f, -0.7f, 1.4f, 0.6f, -1.9f];
        float[] gradient = Run(name, x)[1];

        Assert.Equal(x.Length, gradient.Length);
        for (int i = 0; i < x.Length; i++)
        {
            float[] up = [.. x], down = [.. x];
            up[i] += Step;
            down[i] -= Step;
            double expected = (Run(name, up)[0][0] - Run(name, down)[0][0]) / (2.0 * Step);
            Assert.True(Math.Abs(expected - gradient[i]) <= 0.01 + (0.005 * Math.Abs(expected)), $"element {i}: {gradient[i]}, not {expected}");
        }
    }

    [Fact]
    public void A_row_count_that_is_not_known_is_no_hindrance()
    {
        var graph = new GraphBuilder("rows");
        Value table = graph.Input("table", ElementType.Float, 4, 2);
        Value taken = graph.Gather(table, graph.Input("rows", ElementType.Int64, "n", 3));
        Value loss = graph.ReduceMean(graph.Reshape(taken, "n", 6), keepDims: false);
        graph.Output("gradient", Gradients.Of(loss, table)[0]);

        float[] gradient = GraphRunner.Run(graph,
            ("table", GraphRunner.Floats(new float[8], 4, 2)), ("rows", GraphRunner.Integers([0, 1, 1, 3, 1, 0], 2, 3)));

        Assert.Equal([2 / 12f, 2 / 12f, 3 / 12f, 3 / 12f, 0, 0, 1 / 12f, 1 / 12f], gradient);
    }

    /// <summary>The sum of all results, each with another weight, and its gradient.</summary>
    private static IReadOnlyList<float[]> Run(string name, float[] x)
    {
        var graph = new GraphBuilder("check");
        Value input = graph.Input("x", ElementType.Float, Rows, Columns);
        Value result = Functions[name](graph, input);
        float[] weights = [.. Enumerable.Range(0, (int)result.Shape.Count).Select(i => 0.3f + (0.2f * (i % 5)))];
        Value loss = graph.ReduceSum(result * graph.Constant("weights", weights, [.. result.Shape.Dims]), keepDims: false);
        IReadOnlyList<Value> gradient = Gradients.Of(loss, input);
        graph.Output("loss", loss);
        graph.Output("gradient", gradient[0]);
        return GraphRunner.Run(graph.ToBytes(), ("x", GraphRunner.Floats([.. x], Rows, Columns)));
    }
}
