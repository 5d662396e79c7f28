namespace DataVersion.Trainer.Onnx;

/// <summary>
/// Reverse-mode differentiation: adds to a graph the operators that compute how a scalar changes with some of the values that it was computed from. Values that do
/// not depend on these get no operators.
/// </summary>
internal sealed class Gradients
{
    private readonly GraphBuilder _graph;
    private readonly HashSet<Value> _dependent;
    private readonly Dictionary<Value, Value> _gradients = [];

    private Gradients(GraphBuilder graph, HashSet<Value> dependent)
    {
        _graph = graph;
        _dependent = dependent;
    }

    /// <summary>The gradient of a scalar.</summary>
    /// <param name="loss">The scalar.</param>
    /// <param name="parameters">By what to differentiate.</param>
    /// <returns>One value for each parameter, of its shape.</returns>
    /// <exception cref="GraphException">
    /// An operator between them cannot be differentiated, or the scalar does not depend on one of them.
    /// </exception>
    internal static IReadOnlyList<Value> Of(Value loss, params Value[] parameters)
    {
        GraphBuilder graph = loss.Graph;
        if (loss.Shape.Rank != 0 || !loss.Type.IsReal())
            throw new GraphException($"{loss} is no scalar");
        Node[] forward = [.. graph.Nodes];
        HashSet<Value> dependent = [.. parameters];
        foreach (Node node in forward.Where(n => n.Inputs.Any(i => i is not null && dependent.Contains(i))))
            dependent.UnionWith(node.Outputs.Where(o => o.Type.IsReal()));
        var gradients = new Gradients(graph, dependent);
        gradients._gradients[loss] = graph.Number(1, loss.Type);
        foreach (Node node in forward.Reverse())
            gradients.Through(node);
        return [.. parameters.Select(p => gradients._gradients.GetValueOrDefault(p) ?? throw new GraphException($"{loss} does not depend on {p}"))];
    }

    private void Through(Node node)
    {
        Value?[] given = [.. node.Outputs.Select(o => _gradients.GetValueOrDefault(o))];
        if (!given.Any(g => g is not null) || !node.Inputs.Any(i => i is not null && _dependent.Contains(i)))
            return;
        if (node.Operator == "Split")
            Add(node.Input(0), _graph.Concat((int)node.Integer("axis", 0), [.. given.Select((g, i) => g ?? Zeros(node.Outputs[i]))]));
        else if (!TryElements(node, given[0]!) && !TryTensors(node, given[0]!))
            throw new GraphException($"{node.Operator} cannot be differentiated");
    }

    /// <summary>Operators that work element by element; y is the result, dy its gradient.</summary>
    private bool TryElements(Node node, Value dy)
    {
        Value y = node.Outputs[0];
        switch (node.Operator)
        {
            case "Add":
                Add(node.Input(0), dy);
                Add(node.Input(1), dy);
                break;
            case "Sub":
                Add(node.Input(0), dy);
                AddIf(node.Input(1), () => _graph.Neg(dy));
                break;
            case "Mul":
                AddIf(node.Input(0), () => dy * node.Input(1));
                AddIf(node.Input(1), () => dy * node.Input(0));
                break;
            case "Div":
                AddIf(node.Input(0), () => dy / node.Input(1));
                AddIf(node.Input(1), () => _graph.Neg(dy * y / node.Input(1)));
                break;
            case "Neg":
                Add(node.Input(0), _graph.Neg(dy));
                break;
            case "Relu":
                Add(node.Input(0), dy * _graph.Cast(_graph.Greater(y, _graph.Number(0, y.Type)), dy.Type));
                break;
            case "Sigmoid":
                Add(node.Input(0), dy * (y * (1 - y)));
                break;
            case "Softplus":
                Add(node.Input(0), dy * _graph.Sigmoid(node.Input(0)));
                break;
            case "Exp":
                Add(node.Input(0), dy * y);
                break;
            case "Log":
                Add(node.Input(0), dy / node.Input(0));
                break;
            case "Sqrt":
                Add(node.Input(0), dy / (y * 2));
                break;
            case "Identity":
                Add(node.Input(0), dy);
                break;
            case "Cast":
                Add(node.Input(0), _graph.Cast(dy, node.Input(0).Type));
                break;
            case "Where":
                AddIf(node.Input(1), () => _graph.Where(node.Input(0), dy, _graph.Number(0, dy.Type)));
                AddIf(node.Input(2), () => _graph.Where(node.Input(0), _graph.Number(0, dy.Type), dy));
                break;
            case "Clip":
                Add(node.Input(0), _graph.Where(_graph.Equal(node.Input(0), y), dy, _graph.Number(0, dy.Type)));
                break;
            default:
                return false;
        }
        return true;
    }

    private bool TryTensors(Node node, Value dy)
    {
        Value x = node.Input(0);
        switch (node.Operator)
        {
            case "MatMul" or "Gemm":
                Product(node, dy);
                break;
            case "ReduceSum":
                Add(x, _graph.ExpandLike(Unreduced(node, dy), x));
                break;
            case "ReduceMean":
                Value count = _graph.Size(x) / _graph.Size(node.Outputs[0]);
                Add(x, _graph.ExpandLike(Unreduced(node, dy / count), x));
                break;
            case "Reshape":
                Add(x, _graph.Reshape(dy, [.. x.Shape.Dims]));
                break;
            case "Transpose":
                Add(x, _graph.Transpose(dy));
                break;
            case "Concat":
                Parts(node, dy);
                break;
            case "Gather" when node.Integer("axis", 0) == 0 && x.Shape.Rank == 2:
                AddIf(x, () => Scattered(x, node.Input(1), dy));
                break;
            default:
                return false;
        }
        return true;
    }

    /// <summary>Y = A'·B' + C: dA' = dY·B'ᵀ, dB' = A'ᵀ·dY; where A' is Aᵀ, dA is (dA')ᵀ.</summary>
    private void Product(Node node, Value dy)
    {
        Value a = node.Input(0), b = node.Input(1);
        bool transA = node.Integer("transA", 0) == 1, transB = node.Integer("transB", 0) == 1;
        AddIf(a, () => transA ? _graph.Gemm(b, dy, transA: transB, transB: true) : _graph.Gemm(dy, b, transB: !transB));
        AddIf(b, () => transB ? _graph.Gemm(dy, a, transA: true, transB: transA) : _graph.Gemm(a, dy, transA: !transA));
        if (node.Inputs.Count > 2 && node.Inputs[2] is { } c)
            AddIf(c, () => dy);
    }

    private void Parts(Node node, Value dy)
    {
        int axis = (int)node.Integer("axis", 0);
        long start = 0;
        foreach (Value? part in node.Inputs)
        {
            long end = start + part!.Shape[axis].Factor, from = start;
            AddIf(part, () => _graph.Slice(dy, axis, from, end));
            start = end;
        }
    }

    /// <summary>Rows were taken, some several times: what each of them gets is added up.</summary>
    private Value Scattered(Value table, Value indices, Value dy)
    {
        Dimension count = indices.Shape.Dims.Aggregate((Dimension)1, (n, d) => n.IsFixed ? new Dimension(n.Factor * d.Factor, d.Name)
            : d.IsFixed ? n with { Factor = n.Factor * d.Factor } : throw new GraphException($"the size of {indices} is a product of two that are not known"));
        long width = table.Shape[1].Factor;
        Value flat = _graph.Reshape(dy, count, width);
        return _graph.ScatterAddRows(Zeros(table), _graph.Cast(_graph.Reshape(indices, count, 1), ElementType.Int64), flat);
    }

    /// <summary>The gradient of a sum with the dimensions that were summed over back, as 1.</summary>
    private Value Unreduced(Node node, Value dy)
    {
        Shape shape = node.Input(0).Shape;
        if (node.Integer("keepdims", 1) == 1 || dy.Shape.Rank == 0)
            return dy;
        long[] axes = (long[])_graph.Constants.First(c => c.Value == node.Input(1)).Data;
        return _graph.Reshape(dy, [.. shape.Dims.Select((d, i) => axes.Contains(i) ? 1 : d)]);
    }

    private Value Zeros(Value like) => _graph.ExpandLike(_graph.Number(0, like.Type), like);

    private void AddIf(Value input, Func<Value> gradient)
    {
        if (_dependent.Contains(input))
            Add(input, gradient());
    }

    private void Add(Value input, Value gradient)
    {
        if (!_dependent.Contains(input))
            return;
        Value fitting = SumTo(gradient, input.Shape);
        _gradients[input] = _gradients.TryGetValue(input, out Value? there) ? there + fitting : fitting;
    }

    /// <summary>What was broadcast is summed up again; and a gradient that is the same for all elements is repeated.</summary>
    private Value SumTo(Value gradient, Shape shape)
    {
        Shape from = gradient.Shape;
        if (from.Equals(shape))
            return gradient;
        int lead = from.Rank - shape.Rank;
        int[] summed = [.. Enumerable.Range(0, from.Rank).Where(i => i < lead || (shape[i - lead] == 1 && from[i] != 1))];
        Value sum = summed.Length == 0 ? gradient : _graph.ReduceSum(gradient, keepDims: true, summed);
        return sum.Shape.Equals(shape) ? sum : _graph.Reshape(sum, [.. shape.Dims]);
    }
}
