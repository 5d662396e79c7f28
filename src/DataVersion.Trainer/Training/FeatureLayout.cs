using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Onnx;

namespace DataVersion.Trainer.Training;

/// <summary>
/// What a network sees of a table's columns. Numbers are standardised, and have a second column that says "missing" where the training data missed some; times
/// turn as two hands of a clock do (sine and cosine), one with the hours of the day, one with the days of the week, and are no numbers themselves: those that a model is asked about are later
/// than all that it has learnt from;
/// categories of few values are columns of 0 and 1 (one-hot), those of many are rows of a table that is learnt (embeddings). A category that was not seen is all zeros.
/// The same operators go into the training and into the model that is served, so that the two cannot differ.
/// </summary>
internal sealed class FeatureLayout
{
    /// <summary>Categories of up to as many values become columns of their own.</summary>
    internal const int MaxOneHot = 10;

    /// <summary>As many standard deviations from the mean a number counts at most.</summary>
    internal const double Limit = 10;

    private readonly SignatureInput[] _numbers;
    private readonly long[] _missing;
    private readonly (int Column, int Code)[] _oneHot;
    private readonly (int Column, int Rows)[] _embedded;

    internal FeatureLayout(IReadOnlyList<SignatureInput> inputs)
    {
        Inputs = inputs;
        _numbers = [.. inputs.TakeWhile(i => i.Type != SignatureType.Category)];
        SignatureInput[] categories = [.. inputs.Skip(_numbers.Length)];
        if (inputs.Count == 0 || categories.Any(c => c.Type != SignatureType.Category))
            throw new ArgumentException("numbers come first, then categories, and there is at least one column", nameof(inputs));
        _missing = [.. _numbers.Index().Where(n => n.Item.Statistics.Missing > 0).Select(n => (long)n.Index)];
        // The column for code 0 would never be learnt where nothing is missing.
        _oneHot = [.. categories.Index().Where(c => c.Item.Categories.Count <= MaxOneHot)
            .SelectMany(c => Enumerable.Range(0, c.Item.Categories.Count + 1).Skip(c.Item.Statistics.Missing > 0 ? 0 : 1).Select(code => (c.Index, code)))];
        _embedded = [.. categories.Index().Where(c => c.Item.Categories.Count > MaxOneHot).Select(c => (c.Index, c.Item.Categories.Count + 1))];
        Categories = categories.Length;
    }

    /// <summary>The columns of the table.</summary>
    internal IReadOnlyList<SignatureInput> Inputs { get; }

    /// <summary>Numbers and times.</summary>
    internal int Numbers => _numbers.Length;

    /// <summary>How many of them are times.</summary>
    internal int Times => _numbers.Count(n => n.Type == SignatureType.Time);

    /// <summary>Columns that <see cref="Standardise"/> takes: the numbers; then, of each time, the second of its day and that of its week (which begins on Thursday, as 1970 did).</summary>
    internal int RawNumbers => Numbers + (2 * Times);

    internal int Categories { get; }

    /// <summary>Columns that <see cref="Standardise"/> gives.</summary>
    internal int NumberFeatures => _numbers.Length + _missing.Length + (3 * Times);

    /// <summary>Columns that <see cref="Features"/> gives: what the first layer takes.</summary>
    internal int Width => NumberFeatures + _oneHot.Length + (_embedded.Length * EmbeddingWidth);

    /// <summary>The first row of each category's part of the table of embeddings: that of code 0.</summary>
    internal IEnumerable<int> EmbeddingStarts => _embedded.Select((_, i) => _embedded.Take(i).Sum(e => e.Rows));

    /// <summary>Rows of the table of embeddings.</summary>
    internal int EmbeddingRows => _embedded.Sum(e => e.Rows);

    /// <summary>Columns of the table of embeddings: a multiple of 4 of about the bits that a code has.</summary>
    internal int EmbeddingWidth => _embedded.Length == 0 ? 0 : 4 * (int)Math.Ceiling(Math.Log2(_embedded.Max(e => e.Rows)) / 4);

    /// <summary>Standardises numbers.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="raw"><c>float[n, RawNumbers]</c>, NaN where there is no value.</param>
    /// <returns><c>float[n, NumberFeatures]</c>.</returns>
    internal Value Standardise(GraphBuilder graph, Value raw)
    {
        Value mean = graph.Constant("mean", [.. _numbers.Select(n => (float)Math.Clamp(n.Statistics.Mean ?? 0, float.MinValue, float.MaxValue))], 1, Numbers);
        Value scale = graph.Constant("scale", [.. _numbers.Select(Scale)], 1, Numbers);
        Value values = Times == 0 ? raw : graph.Slice(raw, 1, 0, Numbers);
        Value missing = graph.IsNaN(values);
        Value standard = graph.Where(missing, graph.Number(0), graph.Clip((values - mean) * scale, -Limit, Limit));
        long[] kept = [.. _numbers.Index().Where(n => n.Item.Type == SignatureType.Number).Select(n => (long)n.Index)];
        List<Value> parts = kept.Length == Numbers ? [standard] : kept.Length == 0 ? [] : [graph.Gather(standard, graph.Constant("number_columns", kept, kept.Length), 1)];
        if (_missing.Length > 0)
            parts.Add(graph.Cast(graph.Gather(missing, graph.Constant("missing_columns", _missing, _missing.Length), 1), ElementType.Float));
        if (Times > 0)
            parts.AddRange(Hands(graph, graph.Slice(raw, 1, Numbers, RawNumbers)));
        return graph.Concat(1, [.. parts]);
    }

    private Value[] Hands(GraphBuilder graph, Value seconds)
    {
        float[] turns = [.. Enumerable.Range(0, Times).SelectMany(_ => new[] { (float)(2 * Math.PI / TimeCycles.Day), (float)(2 * Math.PI / TimeCycles.Week) })];
        Value angle = seconds * graph.Constant("turns", turns, 1, turns.Length), missing = graph.IsNaN(angle), zero = graph.Number(0);
        return [graph.Where(missing, zero, graph.Sin(angle)), graph.Where(missing, zero, graph.Cos(angle))];
    }

    /// <summary>All that the first layer takes.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="numbers">What <see cref="Standardise"/> gave; null where there are no numbers.</param>
    /// <param name="codes">Integers <c>[n, Categories]</c>; null where there are no categories.</param>
    /// <param name="embeddings">The table of embeddings; null where there is none.</param>
    /// <returns><c>float[n, Width]</c>.</returns>
    internal Value Features(GraphBuilder graph, Value? numbers, Value? codes, Value? embeddings)
    {
        List<Value> parts = [];
        if (numbers is not null)
            parts.Add(numbers);
        if (_oneHot.Length > 0)
        {
            Value columns = graph.Constant("one_hot_columns", [.. _oneHot.Select(c => (long)c.Column)], _oneHot.Length);
            Value wanted = Codes(graph, "one_hot_codes", codes!.Type, [.. _oneHot.Select(c => c.Code)]);
            parts.Add(graph.Cast(graph.Equal(graph.Gather(codes, columns, 1), wanted), ElementType.Float));
        }
        if (embeddings is not null)
        {
            Value columns = graph.Constant("embedding_columns", [.. _embedded.Select(e => (long)e.Column)], _embedded.Length);
            Value rows = graph.Gather(codes!, columns, 1) + Codes(graph, "embedding_starts", codes!.Type, [.. EmbeddingStarts]);
            parts.Add(graph.Reshape(graph.Gather(embeddings, rows), codes.Shape[0], _embedded.Length * EmbeddingWidth));
        }
        return graph.Concat(1, [.. parts]);
    }

    private static Value Codes(GraphBuilder graph, string name, ElementType type, int[] codes) => type == ElementType.Int32
        ? graph.Constant(name, codes, 1, codes.Length)
        : graph.Constant(name, Array.ConvertAll(codes, c => (long)c), 1, codes.Length);

    // A column that is always the same tells nothing, and must not become infinite.
    private static float Scale(SignatureInput number) => number.Statistics.StandardDeviation is { } d && float.IsNormal((float)(1 / d)) ? (float)(1 / d) : 1;
}
