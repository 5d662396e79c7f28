namespace DataVersion.Trainer.Onnx;

/// <summary>Operators that work element by element (onnx/docs/Operators.md, opset 18).</summary>
public sealed partial class GraphBuilder
{
    /// <summary><c>Add</c> (since 14): A + B, broadcast.</summary>
    public Value Add(Value a, Value b) => Binary("Add", a, b);

    /// <summary><c>Sub</c> (since 14): A − B, broadcast.</summary>
    public Value Sub(Value a, Value b) => Binary("Sub", a, b);

    /// <summary><c>Mul</c> (since 14): A · B, broadcast.</summary>
    public Value Mul(Value a, Value b) => Binary("Mul", a, b);

    /// <summary><c>Div</c> (since 14): A / B, broadcast; whole numbers are cut off.</summary>
    public Value Div(Value a, Value b) => Binary("Div", a, b);

    /// <summary><c>Neg</c> (since 13): −X.</summary>
    public Value Neg(Value x) => Real("Neg", x);

    /// <summary><c>Relu</c> (since 14): max(0, X).</summary>
    public Value Relu(Value x) => Real("Relu", x);

    /// <summary><c>Sigmoid</c> (since 13): 1 / (1 + exp(−X)).</summary>
    public Value Sigmoid(Value x) => Real("Sigmoid", x);

    /// <summary><c>Exp</c> (since 13).</summary>
    public Value Exp(Value x) => Real("Exp", x);

    /// <summary><c>Log</c> (since 13): the natural one.</summary>
    public Value Log(Value x) => Real("Log", x);

    /// <summary><c>Sin</c> (since 7), of radians.</summary>
    public Value Sin(Value x) => Real("Sin", x);

    /// <summary><c>Cos</c> (since 7), of radians.</summary>
    public Value Cos(Value x) => Real("Cos", x);

    /// <summary><c>Floor</c> (since 13).</summary>
    public Value Floor(Value x) => Real("Floor", x);

    /// <summary><c>Sqrt</c> (since 13).</summary>
    public Value Sqrt(Value x) => Real("Sqrt", x);

    /// <summary><c>Softplus</c> (since 1): ln(exp(X) + 1). ONNX Runtime computes it without overflow, as x + ln(exp(−x) + 1) for positive x.</summary>
    public Value Softplus(Value x) => Real("Softplus", x);

    /// <summary><c>Identity</c> (since 16).</summary>
    public Value Identity(Value x) => Apply("Identity", x.Type, x.Shape, [x]);

    /// <summary><c>IsNaN</c> (since 13): true where there is no number.</summary>
    public Value IsNaN(Value x)
    {
        Require(x.Type.IsReal(), "IsNaN", x);
        return Apply("IsNaN", ElementType.Bool, x.Shape, [x]);
    }

    /// <summary><c>Clip</c> (since 13): what is below or above is set to the limit.</summary>
    public Value Clip(Value x, double min, double max)
    {
        Require(x.Type.IsReal() && min <= max, "Clip", x);
        return Apply("Clip", x.Type, x.Shape, [x, Number(min, x.Type), Number(max, x.Type)]);
    }

    /// <summary><c>Greater</c> (since 13): A &gt; B, broadcast.</summary>
    public Value Greater(Value a, Value b) => Compare("Greater", a, b);

    /// <summary><c>Equal</c> (since 13): A = B, broadcast.</summary>
    public Value Equal(Value a, Value b) => Compare("Equal", a, b);

    /// <summary><c>Where</c> (since 16): X where the condition holds, else Y; broadcast.</summary>
    public Value Where(Value condition, Value x, Value y)
    {
        Require(condition.Type == ElementType.Bool && x.Type == y.Type, "Where", condition, x, y);
        return Apply("Where", x.Type, Shape.Broadcast(condition.Shape, Shape.Broadcast(x.Shape, y.Shape)), [condition, x, y]);
    }

    /// <summary><c>Cast</c> (since 13): another element type; true is 1.</summary>
    public Value Cast(Value x, ElementType type)
    {
        Require(x.Type != ElementType.String && type != ElementType.String, "Cast", x);
        return x.Type == type ? x : Apply("Cast", type, x.Shape, [x], new OnnxAttribute("to", (long)type));
    }

    /// <summary>
    /// <c>LabelEncoder</c> (ai.onnx.ml, since 2): the number of each text, as <c>int64</c>; <paramref name="otherwise"/> for all others.
    /// </summary>
    public Value LabelEncoder(Value x, IReadOnlyList<string> keys, IReadOnlyList<long> numbers, long otherwise)
    {
        Require(x.Type == ElementType.String && keys.Count == numbers.Count && keys.Count > 0, "LabelEncoder", x);
        return Apply("LabelEncoder", ModelWriter.MlDomain, [(ElementType.Int64, x.Shape)], [x],
            new OnnxAttribute("keys_strings", keys.ToArray()), new OnnxAttribute("values_int64s", numbers.ToArray()), new OnnxAttribute("default_int64", otherwise))[0];
    }

    private Value Binary(string op, Value a, Value b)
    {
        Require(a.Type == b.Type && a.Type is not (ElementType.Bool or ElementType.String), op, a, b);
        return Apply(op, a.Type, Shape.Broadcast(a.Shape, b.Shape), [a, b]);
    }

    private Value Compare(string op, Value a, Value b)
    {
        Require(a.Type == b.Type && a.Type != ElementType.String, op, a, b);
        return Apply(op, ElementType.Bool, Shape.Broadcast(a.Shape, b.Shape), [a, b]);
    }

    private Value Real(string op, Value x)
    {
        Require(x.Type.IsReal(), op, x);
        return Apply(op, x.Type, x.Shape, [x]);
    }
}
