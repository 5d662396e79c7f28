using DataVersion.Tracking.Models;

namespace DataVersion.Tests.Trainer.Training;

/// <summary>The network once more, in plain C# and 64-bit numbers, written from its description and not from its graphs: to compare with.</summary>
internal sealed class ReferenceNetwork(SampleTable table, IReadOnlyList<int> hidden)
{
    private readonly IReadOnlyList<SignatureInput> _inputs = table.Inputs;

    /// <summary>The masks of each hidden layer, row by row.</summary>
    internal IReadOnlyList<byte[]> Masks { get; init; } = [];

    /// <summary>Share of a layer that the masks keep.</summary>
    internal double Keep { get; init; } = 1;

    /// <summary>The mean weighted loss of some rows, with the penalty.</summary>
    internal double Loss(double[] parameters, ReadOnlySpan<long> rows, double positive, double negative, double l2)
    {
        double sum = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            double z = Logit(parameters, (int)rows[i], i);
            bool label = table.Labels[(int)rows[i]] == 1;
            double p = 1 / (1 + Math.Exp(-z));
            sum += label ? -positive * Math.Log(p) : -negative * Math.Log(1 - p);
        }
        return (sum / rows.Length) + Penalty(parameters, l2);
    }

    /// <summary>The log odds of a row, which is the <paramref name="place"/>-th of its step.</summary>
    internal double Logit(double[] parameters, int row, int place)
    {
        double[] x = Features(parameters, row);
        int at = EmbeddingCount;
        for (int layer = 0; layer <= hidden.Count; layer++)
        {
            int width = layer < hidden.Count ? hidden[layer] : 1;
            var next = new double[width];
            for (int j = 0; j < width; j++)
            {
                double sum = parameters[at + (x.Length * width) + j];
                for (int i = 0; i < x.Length; i++)
                    sum += x[i] * parameters[at + (i * width) + j];
                next[j] = layer == hidden.Count ? sum : Math.Max(0, sum);
                if (layer < Masks.Count)
                    next[j] *= Masks[layer][(place * width) + j] / Keep;
            }
            at += (x.Length + 1) * width;
            x = next;
        }
        return x[0];
    }

    private const int MerchantRows = 16, EmbeddingWidth = 4, EmbeddingCount = MerchantRows * EmbeddingWidth;

    private double[] Features(double[] parameters, int row)
    {
        List<double> features = [];
        for (int column = 0; column < 3; column++)
        {
            double value = table.Number(row)[column];
            SignatureStatistics statistics = _inputs[column].Statistics;
            features.Add(double.IsNaN(value) ? 0 : Math.Clamp((value - statistics.Mean!.Value) / statistics.StandardDeviation!.Value, -10, 10));
        }
        features.Add(float.IsNaN(table.Number(row)[2]) ? 1 : 0);
        for (int code = 1; code <= 4; code++)
            features.Add(table.Codes(row)[0] == code ? 1 : 0);
        features.AddRange(parameters.AsSpan(table.Codes(row)[1] * EmbeddingWidth, EmbeddingWidth));
        return [.. features];
    }

    private double Penalty(double[] parameters, double l2)
    {
        int at = EmbeddingCount, width = 12;
        double sum = 0;
        foreach (int next in hidden.Append(1))
        {
            for (int i = 0; i < width * next; i++)
                sum += parameters[at + i] * parameters[at + i];
            at += (width + 1) * next;
            width = next;
        }
        return l2 / 2 * sum;
    }
}
