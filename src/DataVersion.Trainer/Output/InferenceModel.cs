using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Onnx;
using DataVersion.Trainer.Training;

namespace DataVersion.Trainer.Output;

/// <summary>
/// The model as it is served: one input for each column, <c>[N, 1]</c>, numbers as float32 with NaN for "missing", times as seconds in float64 with NaN, categories as text; then the very operators that prepared the
/// training data, the network, and the probability of the positive class as float32 <c>[N, 1]</c>.
/// </summary>
internal static class InferenceModel
{
    private const string Rows = "N";

    /// <summary>The model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its numbers.</param>
    /// <param name="target">The column that was learnt, for the model's facts.</param>
    /// <returns>The file, and what its output is called: <c>probability</c>, unless a column is.</returns>
    internal static (byte[] Bytes, string Output) Build(Network network, float[] parameters, string target)
    {
        FeatureLayout layout = network.Layout;
        var graph = new GraphBuilder("model");
        graph.Properties.Add(new("target", target));
        Value[] inputs = [.. layout.Inputs.Select(i => graph.Input(i.Name, TypeOf(i), Rows, 1))];
        Value? numbers = layout.Numbers == 0 ? null : layout.Standardise(graph, Raw(graph, inputs[..layout.Numbers]));
        Value? codes = layout.Categories == 0 ? null
            : graph.Concat(1, [.. inputs.Skip(layout.Numbers).Zip(layout.Inputs.Skip(layout.Numbers), (value, input) => Codes(graph, value, input))]);
        Value logits = network.Logits(graph, numbers, codes, network.Constants(graph, parameters), []);
        string output = "probability";
        while (layout.Inputs.Any(i => i.Name == output))
            output += "_";
        graph.Output(output, graph.Sigmoid(logits));
        return (graph.ToBytes(), output);
    }

    private static ElementType TypeOf(SignatureInput input) => input.Type switch
    {
        SignatureType.Number => ElementType.Float,
        SignatureType.Time => ElementType.Double,
        _ => ElementType.String,
    };

    /// <summary>What a table gives of numbers and times.</summary>
    private static Value Raw(GraphBuilder graph, Value[] numbers)
    {
        Value SecondOf(Value time, double period) => graph.Cast(time - (graph.Floor(graph.Div(time, graph.Number(period, time.Type))) * period), ElementType.Float);
        return graph.Concat(1, [.. numbers.Select(n => graph.Cast(n, ElementType.Float)),
            .. numbers.Where(n => n.Type == ElementType.Double).SelectMany(t => new[] { SecondOf(t, TimeCycles.Day), SecondOf(t, TimeCycles.Week) })]);
    }

    private static Value Codes(GraphBuilder graph, Value words, SignatureInput input) =>
        graph.LabelEncoder(words, input.Categories, [.. Enumerable.Range(1, input.Categories.Count).Select(i => (long)i)], 0);
}
