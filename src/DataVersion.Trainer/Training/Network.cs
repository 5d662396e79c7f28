using DataVersion.Trainer.Onnx;

namespace DataVersion.Trainer.Training;

/// <summary>A tensor of weights, as a part of the one list of numbers that is trained.</summary>
internal sealed record Parameter(string Name, int Rows, int Columns, double Limit)
{
    /// <summary>A bias is a list, not a matrix, and starts at zero.</summary>
    internal bool IsBias { get; init; }

    /// <summary>True for what the L2 penalty counts.</summary>
    internal bool IsPenalised { get; init; }

    internal int Count => Rows * Columns;

    internal Dimension[] Shape => IsBias ? [Columns] : [Rows, Columns];
}

/// <summary>A multi-layer perceptron with ReLU over the features of a table. The result is a logit: the probability's log odds.</summary>
internal sealed class Network
{
    private const string Embeddings = "embeddings";

    internal Network(FeatureLayout layout, IReadOnlyList<int> hidden)
    {
        Layout = layout;
        Hidden = hidden;
        List<Parameter> parameters = [];
        if (layout.EmbeddingRows > 0)
            parameters.Add(new Parameter(Embeddings, layout.EmbeddingRows, layout.EmbeddingWidth, 0.05));
        int width = layout.Width;
        foreach ((int i, int next) in hidden.Append(1).Index())
        {
            // He et al., "Delving deep into rectifiers", 2015; the last layer has no rectifier behind it, so half of that.
            double limit = Math.Sqrt((i == hidden.Count ? 3.0 : 6.0) / width);
            parameters.Add(new Parameter(Weight(i), width, next, limit) { IsPenalised = true });
            parameters.Add(new Parameter(Bias(i), 1, next, 0) { IsBias = true });
            width = next;
        }
        Parameters = parameters;
        Count = parameters.Sum(p => p.Count);
    }

    internal FeatureLayout Layout { get; }

    internal IReadOnlyList<int> Hidden { get; }

    /// <summary>In the order in which they lie in the list.</summary>
    internal IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>How many numbers are trained.</summary>
    internal int Count { get; }

    /// <summary>The numbers before the first step. The last bias is what a model that knows no column would say.</summary>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="odds">Weight of the positive rows over that of the negative ones.</param>
    internal float[] Begin(int seed, double odds)
    {
        var numbers = new float[Count];
        var random = new SeededRandom(seed, RandomUse.Weights);
        int at = 0;
        foreach (Parameter parameter in Parameters)
        {
            Span<float> part = numbers.AsSpan(at, parameter.Count);
            at += parameter.Count;
            if (parameter.IsBias)
                continue;
            foreach (ref float number in part)
                number = random.Uniform(parameter.Limit);
            if (parameter.Name == Embeddings)
                foreach (int start in Layout.EmbeddingStarts)
                    part.Slice(start * parameter.Columns, parameter.Columns).Clear();
        }
        numbers[^1] = (float)Math.Log(odds);
        return numbers;
    }

    /// <summary>The parameters as parts of one list in a graph.</summary>
    internal IReadOnlyDictionary<string, Value> Split(GraphBuilder graph, Value numbers) => graph
        .Split(numbers, 0, [.. Parameters.Select(p => (long)p.Count)])
        .Zip(Parameters).ToDictionary(p => p.Second.Name, p => graph.Reshape(p.First, p.Second.Shape));

    /// <summary>The parameters as constants.</summary>
    internal IReadOnlyDictionary<string, Value> Constants(GraphBuilder graph, ReadOnlySpan<float> numbers)
    {
        var constants = new Dictionary<string, Value>();
        foreach (Parameter parameter in Parameters)
        {
            constants[parameter.Name] = graph.Constant(parameter.Name, numbers[..parameter.Count].ToArray(), parameter.Shape);
            numbers = numbers[parameter.Count..];
        }
        return constants;
    }

    /// <summary>The network.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="numbers">Standardised numbers; null where there are none.</param>
    /// <param name="codes">Codes of categories; null where there are none.</param>
    /// <param name="parameters">By name.</param>
    /// <param name="masks">What each hidden layer is multiplied with; none where nothing is dropped.</param>
    /// <returns><c>float[n, 1]</c>.</returns>
    internal Value Logits(GraphBuilder graph, Value? numbers, Value? codes, IReadOnlyDictionary<string, Value> parameters, IReadOnlyList<Value> masks)
    {
        Value x = Layout.Features(graph, numbers, codes, parameters.GetValueOrDefault(Embeddings));
        for (int i = 0; i <= Hidden.Count; i++)
        {
            x = graph.Gemm(x, parameters[Weight(i)], parameters[Bias(i)]);
            if (i < Hidden.Count)
                x = graph.Relu(x);
            if (i < masks.Count)
                x *= masks[i];
        }
        return x;
    }

    private static string Weight(int layer) => $"layer{layer + 1}.weight";

    private static string Bias(int layer) => $"layer{layer + 1}.bias";
}
