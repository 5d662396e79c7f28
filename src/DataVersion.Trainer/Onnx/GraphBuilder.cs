using System.Globalization;

namespace DataVersion.Trainer.Onnx;

/// <summary>
/// Puts an ONNX graph together, with types and shapes checked at each step. Each operator is a method of one of the other parts of this class, named as in
/// onnx/docs/Operators.md, which says what it does.
/// </summary>
/// <param name="name">The graph's name.</param>
public sealed partial class GraphBuilder(string name)
{
    private readonly List<Node> _nodes = [];
    private readonly List<OnnxConstant> _constants = [];
    private readonly List<Value> _inputs = [];
    private readonly List<Value> _outputs = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<(double, ElementType), Value> _numbers = [];

    /// <summary>The graph's name.</summary>
    public string Name { get; } = name;

    /// <summary>Facts about the model that its file carries (<c>metadata_props</c>), in the order in which they are written.</summary>
    public IList<KeyValuePair<string, string>> Properties { get; } = [];

    internal IReadOnlyList<Node> Nodes => _nodes;

    internal IReadOnlyList<OnnxConstant> Constants => _constants;

    internal IReadOnlyList<Value> Inputs => _inputs;

    internal IReadOnlyList<Value> Outputs => _outputs;

    /// <summary>The model's bytes.</summary>
    public byte[] ToBytes() => ModelWriter.Write(this);

    /// <summary>A tensor that is given when the graph runs.</summary>
    /// <exception cref="GraphException">The name is taken.</exception>
    public Value Input(string name, ElementType type, params Dimension[] shape)
    {
        var value = new Value(this, Take(name), type, new Shape(shape));
        _inputs.Add(value);
        return value;
    }

    /// <summary>Makes a value one of the graph's results, and gives it a name.</summary>
    /// <exception cref="GraphException">The name is taken, or nothing in the graph gives this value.</exception>
    public Value Output(string name, Value value)
    {
        Check(value);
        // A name is a value's own: what already has one is given under a second name.
        Value named = value.Producer is null || _outputs.Contains(value) ? Identity(value) : value;
        _names.Remove(named.Name);
        named.Name = Take(name);
        _outputs.Add(named);
        return named;
    }

    /// <summary>A constant.</summary>
    public Value Constant(string name, float[] data, params Dimension[] shape) => Constant(name, ElementType.Float, data, new Shape(shape));

    /// <summary>A constant.</summary>
    public Value Constant(string name, int[] data, params Dimension[] shape) => Constant(name, ElementType.Int32, data, new Shape(shape));

    /// <summary>A constant.</summary>
    public Value Constant(string name, long[] data, params Dimension[] shape) => Constant(name, ElementType.Int64, data, new Shape(shape));

    /// <summary>A constant.</summary>
    public Value Constant(string name, string[] data, params Dimension[] shape) => Constant(name, ElementType.String, data, new Shape(shape));

    /// <summary>A number as a scalar of a type; the same number is there once.</summary>
    public Value Number(double number, ElementType type = ElementType.Float)
    {
        if (_numbers.TryGetValue((number, type), out Value? there))
            return there;
        Array data = type switch
        {
            ElementType.Float => new[] { (float)number },
            ElementType.Double => new[] { number },
            ElementType.Int32 => new[] { (int)number },
            ElementType.Int64 => new[] { (long)number },
            _ => throw new GraphException($"{type} is no number"),
        };
        return _numbers[(number, type)] = Constant("", type, data, Shape.Scalar);
    }

    private Value Constant(string name, ElementType type, Array data, Shape shape)
    {
        if (data.Length != shape.Count)
            throw new GraphException($"a constant of shape {shape} cannot have {data.Length} elements");
        // What a constant is called matters to nobody: it makes way for inputs.
        var value = new Value(this, Take(name.Length > 0 && !_names.Contains(name) ? name : Fresh(name.Length > 0 ? name : "constant")), type, shape);
        _constants.Add(new OnnxConstant(value, data));
        return value;
    }

    /// <summary>A list of whole numbers, as operators take them for axes and shapes.</summary>
    private Value Integers(params long[] numbers) => Constant("", ElementType.Int64, numbers, new Shape(numbers.Length));

    private Value Apply(string op, ElementType type, Shape shape, IReadOnlyList<Value?> inputs, params OnnxAttribute[] attributes) =>
        Apply(op, "", [(type, shape)], inputs, attributes)[0];

    private IReadOnlyList<Value> Apply(
        string op, string domain, IReadOnlyList<(ElementType Type, Shape Shape)> outputs, IReadOnlyList<Value?> inputs, params OnnxAttribute[] attributes)
    {
        foreach (Value? input in inputs)
            Check(input);
        var node = new Node(op, domain, inputs, attributes);
        node.Outputs = [.. outputs.Select(o => new Value(this, Take(Fresh(op)), o.Type, o.Shape, node))];
        _nodes.Add(node);
        return node.Outputs;
    }

    private void Check(Value? value)
    {
        if (value is not null && value.Graph != this)
            throw new GraphException($"{value} is of another graph");
    }

    private static void Require(bool holds, string op, params Value[] values)
    {
        if (!holds)
            throw new GraphException($"{op} cannot take {string.Join(" and ", (IEnumerable<Value>)values)}");
    }

    private string Take(string name) =>
        name.Length > 0 && _names.Add(name) ? name : throw new GraphException(name.Length == 0 ? "a value needs a name" : $"there are two values named '{name}'");

    private string Fresh(string stem)
    {
        for (int i = _names.Count; ; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"/{stem}_{i}");
            if (!_names.Contains(name))
                return name;
        }
    }
}
