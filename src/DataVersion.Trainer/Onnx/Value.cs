namespace DataVersion.Trainer.Onnx;

/// <summary>A tensor in a graph that is being built: an input, a constant or what an operator gives.</summary>
public sealed class Value
{
    internal Value(GraphBuilder graph, string name, ElementType type, Shape shape, Node? producer = null)
    {
        Graph = graph;
        Name = name;
        Type = type;
        Shape = shape;
        Producer = producer;
    }

    /// <summary>What the graph calls it.</summary>
    public string Name { get; internal set; }

    /// <summary>What it is made of.</summary>
    public ElementType Type { get; }

    /// <summary>Its dimensions.</summary>
    public Shape Shape { get; }

    /// <summary>The operator that gives it; null for inputs and constants.</summary>
    internal Node? Producer { get; }

    internal GraphBuilder Graph { get; }

    /// <summary>Element by element, broadcast.</summary>
    public static Value operator +(Value a, Value b) => a.Graph.Add(a, b);

    /// <summary>Element by element, broadcast.</summary>
    public static Value operator -(Value a, Value b) => a.Graph.Sub(a, b);

    /// <summary>Element by element, broadcast.</summary>
    public static Value operator *(Value a, Value b) => a.Graph.Mul(a, b);

    /// <summary>Element by element, broadcast.</summary>
    public static Value operator /(Value a, Value b) => a.Graph.Div(a, b);

    /// <summary>Each element times a number.</summary>
    public static Value operator *(Value a, double b) => a.Graph.Mul(a, a.Graph.Number(b, a.Type));

    /// <summary>Each element plus a number.</summary>
    public static Value operator +(Value a, double b) => a.Graph.Add(a, a.Graph.Number(b, a.Type));

    /// <summary>A number minus each element.</summary>
    public static Value operator -(double a, Value b) => b.Graph.Sub(b.Graph.Number(a, b.Type), b);

    /// <summary><c>name: Float[rows, 3]</c>.</summary>
    public override string ToString() => $"{Name}: {Type}{Shape}";
}

/// <summary>An operator in a graph (<c>NodeProto</c>).</summary>
internal sealed record Node(string Operator, string Domain, IReadOnlyList<Value?> Inputs, IReadOnlyList<OnnxAttribute> Attributes)
{
    internal IReadOnlyList<Value> Outputs { get; set; } = [];

    internal Value Input(int index) => Inputs[index] ?? throw new GraphException($"{Operator} has no input {index}");

    internal long Integer(string name, long otherwise) => Attributes.FirstOrDefault(a => a.Name == name)?.Content is long number ? number : otherwise;
}

/// <summary>An attribute of an operator (<c>AttributeProto</c>): a long, a float, a string, or an array of one of these.</summary>
internal sealed record OnnxAttribute(string Name, object Content);

/// <summary>A constant (<c>TensorProto</c>).</summary>
/// <param name="Value">Its name, type and shape.</param>
/// <param name="Data">An array of floats, doubles, integers or strings, row by row.</param>
internal sealed record OnnxConstant(Value Value, Array Data);
