using DataVersion.Trainer.Onnx;

namespace DataVersion.Trainer.Training;

/// <summary>The names of what goes into the graphs of a training and comes out of them.</summary>
internal static class GraphNames
{
    internal const string Raw = "raw", Numbers = "numbers", Codes = "codes", Labels = "labels", Order = "order", Start = "start", End = "end", Schedule = "schedule";
    internal const string Parameters = "parameters", Moment1 = "moment1", Moment2 = "moment2", LossSum = "loss_sum", Logits = "logits", Gradient = "gradient", Loss = "loss";

    /// <summary>What the next value of a state is called.</summary>
    internal static string Next(string state) => $"next_{state}";

    internal static string Mask(int layer) => $"mask{layer + 1}";
}

/// <summary>The graphs of a training: one that prepares a block of rows, one that is a step, and one that predicts.</summary>
internal sealed class TrainingGraphs(Network network, TrainingOptions options, double positiveWeight, double negativeWeight)
{
    /// <summary>Adam's settings, as in its paper.</summary>
    internal const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    // What moments of weights without gradients end near, instead of fading into denormal numbers, with which processors are slow (docs/performance.md: a fifth of
    // the steps). Of no effect on a weight: 1e-29 against Adam's ε of 1e-8.
    private const double Least1 = 1e-30, Least2 = 1e-36;

    private const string Table = "table", Rows = "rows";

    /// <summary>What a step changes, and gives to the next one.</summary>
    internal IReadOnlyList<string> States { get; } = options.Optimizer == Optimizer.Adam
        ? [GraphNames.Parameters, GraphNames.Moment1, GraphNames.Moment2, GraphNames.LossSum]
        : [GraphNames.Parameters, GraphNames.Moment1, GraphNames.LossSum];

    /// <summary>Of 65,536: how much of a hidden layer is kept.</summary>
    internal int Keep { get; } = (int)Math.Round(65_536 * (1 - options.Dropout));

    /// <summary>A block's numbers, standardised: once for each time that the block is read.</summary>
    internal byte[] Prepare()
    {
        var graph = new GraphBuilder("prepare");
        Value raw = graph.Input(GraphNames.Raw, ElementType.Float, Table, network.Layout.RawNumbers);
        graph.Output(GraphNames.Numbers, network.Layout.Standardise(graph, raw));
        return graph.ToBytes();
    }

    /// <summary>Brings together the rows of a block that <c>order[start .. end)</c> names.</summary>
    internal byte[] Take()
    {
        var graph = new GraphBuilder("take");
        (Value? numbers, Value? codes) = Block(graph);
        Value labels = graph.Input(GraphNames.Labels, ElementType.Float, Table, 1);
        Value rows = graph.Slice(graph.Input(GraphNames.Order, ElementType.Int64, Table), Start(graph), End(graph), Rows);
        foreach ((string name, Value? all) in new[] { (GraphNames.Numbers, numbers), (GraphNames.Codes, codes), (GraphNames.Labels, labels) })
            if (all is not null)
                graph.Output(GraphNames.Next(name), graph.Gather(all, rows));
        return graph.ToBytes();
    }

    /// <summary>
    /// A step: rows <c>[start .. end)</c> of those that were brought together, forward, loss, backward, optimizer. State in, state out; the weighted loss of each row is added to
    /// a sum, so that nothing needs to leave the device.
    /// </summary>
    internal byte[] Step() => StepGraph().ToBytes();

    /// <summary>The graph of <see cref="Step"/>.</summary>
    internal GraphBuilder StepGraph()
    {
        var graph = new GraphBuilder("step");
        Value[] states = [.. States.Select(s => s == GraphNames.LossSum ? graph.Input(s, ElementType.Double) : graph.Input(s, ElementType.Float, network.Count))];
        Value schedule = graph.Input(GraphNames.Schedule, ElementType.Float, ScheduleLength);
        IReadOnlyList<Value> rates = [.. graph.Split(schedule, 0, 1, 1, 1, 1)];
        (Value sum, Value loss) = Loss(graph, states[0], graph.Reshape(rates[3]));
        Value gradient = Gradients.Of(loss, states[0])[0];
        IReadOnlyList<Value> next = options.Optimizer == Optimizer.Adam ? Adam(graph, states, gradient, rates) : Sgd(states, gradient, rates);
        foreach ((string state, Value value) in States.Zip(next.Append(states[^1] + graph.Cast(sum, ElementType.Double))))
            graph.Output(GraphNames.Next(state), value);
        return graph;
    }

    /// <summary>The loss and its gradient alone, to look at.</summary>
    internal byte[] Gradient()
    {
        var graph = new GraphBuilder("gradient");
        Value parameters = graph.Input(GraphNames.Parameters, ElementType.Float, network.Count);
        Value schedule = graph.Input(GraphNames.Schedule, ElementType.Float, ScheduleLength);
        (_, Value loss) = Loss(graph, parameters, graph.Reshape(graph.Split(schedule, 0, 1, 1, 1, 1)[3]));
        graph.Output(GraphNames.Gradient, Gradients.Of(loss, parameters)[0]);
        graph.Output(GraphNames.Loss, loss);
        return graph.ToBytes();
    }

    /// <summary>The logits of rows <c>[start .. end)</c> of a block.</summary>
    internal byte[] Predict()
    {
        var graph = new GraphBuilder("predict");
        Value parameters = graph.Input(GraphNames.Parameters, ElementType.Float, network.Count);
        (Value? numbers, Value? codes) = Block(graph);
        Func<Value?, Value?> taken = Taken(graph);
        graph.Output(GraphNames.Logits, network.Logits(graph, taken(numbers), taken(codes), network.Split(graph, parameters), []));
        return graph.ToBytes();
    }

    /// <summary>What the step's input <c>schedule</c> holds: the learning rate, Adam's two corrections, and one over the number of rows.</summary>
    internal const int ScheduleLength = 4;

    /// <summary>Fills it.</summary>
    /// <param name="schedule">To be filled.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="step">The step, counted from 0 over all epochs.</param>
    /// <param name="rows">Rows of the step.</param>
    internal static void Fill(Span<float> schedule, double rate, long step, int rows)
    {
        schedule[0] = (float)rate;
        schedule[1] = (float)(1 / (1 - Math.Pow(Beta1, step + 1)));
        schedule[2] = (float)(1 / (1 - Math.Pow(Beta2, step + 1)));
        schedule[3] = 1f / rows;
    }

    private (Value? Numbers, Value? Codes) Block(GraphBuilder graph) =>
        (network.Layout.Numbers == 0 ? null : graph.Input(GraphNames.Numbers, ElementType.Float, Table, network.Layout.NumberFeatures),
        network.Layout.Categories == 0 ? null : graph.Input(GraphNames.Codes, ElementType.Int32, Table, network.Layout.Categories));

    private static Value Start(GraphBuilder graph) => graph.Input(GraphNames.Start, ElementType.Int64, 1);

    private static Value End(GraphBuilder graph) => graph.Input(GraphNames.End, ElementType.Int64, 1);

    /// <summary>What cuts the rows of a run out of a table.</summary>
    private static Func<Value?, Value?> Taken(GraphBuilder graph)
    {
        Value start = Start(graph), end = End(graph);
        return all => all is null ? null : graph.Slice(all, start, end, Rows);
    }

    /// <summary>The sum of the rows' losses, and what is to be made small: their mean, with the penalty.</summary>
    private (Value Sum, Value Loss) Loss(GraphBuilder graph, Value parameters, Value perRow)
    {
        (Value? numbers, Value? codes) = Block(graph);
        Value allLabels = graph.Input(GraphNames.Labels, ElementType.Float, Table, 1);
        Func<Value?, Value?> taken = Taken(graph);
        Value labels = taken(allLabels)!;
        IReadOnlyDictionary<string, Value> parts = network.Split(graph, parameters);
        Value logits = network.Logits(graph, taken(numbers), taken(codes), parts, Masks(graph));
        Value losses = CrossEntropy(graph, logits, labels);
        if (positiveWeight != 1 || negativeWeight != 1)
            losses *= (labels * (positiveWeight - negativeWeight)) + negativeWeight;
        Value sum = graph.ReduceSum(losses, keepDims: false), loss = sum * perRow;
        if (options.L2 > 0)
            foreach (Parameter weight in network.Parameters.Where(p => p.IsPenalised))
                loss += graph.ReduceSum(parts[weight.Name] * parts[weight.Name], keepDims: false) * (options.L2 / 2);
        return (sum, loss);
    }

    /// <summary>
    /// −ln p where the label is 1, −ln(1 − p) where it is 0, from the logit z: ln(1 + e^−z) and ln(1 + e^z), which is softplus((1 − 2·label)·z): no probability is
    /// computed that could round to 0.
    /// </summary>
    private static Value CrossEntropy(GraphBuilder graph, Value logits, Value labels) => graph.Softplus(logits * (1 - (labels * 2)));

    private IReadOnlyList<Value> Masks(GraphBuilder graph) => options.Dropout == 0 ? []
        : [.. network.Hidden.Select((width, i) => graph.Cast(graph.Input(GraphNames.Mask(i), ElementType.UInt8, Rows, width), ElementType.Float) * (65_536.0 / Keep))];

    /// <summary>Adam: m' = β₁m + (1−β₁)g; v' = β₂v + (1−β₂)g²; p' = p − rate · m'·c₁ / (√(v'·c₂) + ε).</summary>
    private static Value[] Adam(GraphBuilder graph, Value[] states, Value gradient, IReadOnlyList<Value> rates)
    {
        Value m = (states[1] * Beta1) + ((gradient * (1 - Beta1)) + Least1);
        Value v = (states[2] * Beta2) + ((gradient * gradient * (1 - Beta2)) + Least2);
        Value change = m * (rates[0] * rates[1]) / (graph.Sqrt(v * rates[2]) + Epsilon);
        return [states[0] - change, m, v];
    }

    /// <summary>Momentum: m' = μm + g; p' = p − rate · m'.</summary>
    private Value[] Sgd(Value[] states, Value gradient, IReadOnlyList<Value> rates)
    {
        Value m = (states[1] * options.Momentum) + (gradient + Least1);
        return [states[0] - (m * rates[0]), m];
    }
}
