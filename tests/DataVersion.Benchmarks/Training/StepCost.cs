using DataVersion.Trainer.Onnx;

namespace DataVersion.Benchmarks.Training;

/// <summary>What one step of a graph costs by its shapes alone.</summary>
/// <param name="Bytes">Each operator's inputs and outputs, as if each were read from and written to memory; of a table only the rows that are taken.</param>
/// <param name="Operations">Floating-point operations: two for each product of a matrix multiplication, one for each element of what works element by element.</param>
internal sealed record StepCost(double Bytes, double Operations)
{
    // They name memory that is there already.
    private static readonly HashSet<string> Free = ["Reshape", "Identity", "Shape", "Size"];

    private static readonly HashSet<string> Elements =
        ["Add", "Sub", "Mul", "Div", "Neg", "Relu", "Sigmoid", "Exp", "Log", "Sqrt", "Softplus", "Where", "Greater", "Equal", "Cast", "ScatterND"];

    internal static StepCost Of(GraphBuilder graph, int batch)
    {
        double bytes = 0, operations = 0;
        foreach (Node node in graph.Nodes.Where(n => !Free.Contains(n.Operator)))
        {
            double output = node.Outputs.Sum(o => Count(o, batch));
            bytes += node.Outputs.Sum(o => BytesOf(o, batch)) + InputBytes(node, batch);
            operations += node.Operator switch
            {
                "Gemm" or "MatMul" => 2 * output * Inner(node, batch),
                "ReduceSum" or "ReduceMean" => Count(node.Input(0), batch),
                _ => Elements.Contains(node.Operator) ? output : 0,
            };
        }
        return new StepCost(bytes, operations);
    }

    private static double InputBytes(Node node, int batch) => node.Operator is "Gather" or "Slice"
        ? node.Outputs.Sum(o => BytesOf(o, batch)) + node.Inputs.Skip(1).Sum(i => i is null ? 0 : BytesOf(i, batch))
        : node.Inputs.Sum(i => i is null ? 0 : BytesOf(i, batch));

    private static double Inner(Node node, int batch)
    {
        Value a = node.Input(0);
        return Size(a.Shape[node.Integer("transA", 0) == 1 ? 0 : 1], batch);
    }

    private static double BytesOf(Value value, int batch) => Count(value, batch) * value.Type switch
    {
        ElementType.Bool or ElementType.UInt8 => 1,
        ElementType.Double or ElementType.Int64 => 8,
        _ => 4,
    };

    private static double Count(Value value, int batch) => value.Shape.Dims.Aggregate(1.0, (n, d) => n * Size(d, batch));

    private static double Size(Dimension dimension, int batch) => dimension.IsFixed ? dimension.Factor : (double)dimension.Factor * batch;
}
