using System.Runtime.CompilerServices;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Data;

namespace DataVersion.Tests.Trainer;

/// <summary>A table in memory: three numbers, one of which has gaps, a category of four words, and one of fifteen, which has gaps, too.</summary>
internal sealed class SampleTable : ITable
{
    private readonly float[] _numbers;
    private readonly int[] _codes;
    private readonly float[] _labels;

    private SampleTable(IReadOnlyList<SignatureInput> inputs, float[] numbers, int[] codes, float[] labels)
    {
        Inputs = inputs;
        _numbers = numbers;
        _codes = codes;
        _labels = labels;
    }

    public IReadOnlyList<SignatureInput> Inputs { get; }

    public long Rows => ClaimedRows ?? _labels.Length;

    /// <summary>A row count that is not the truth.</summary>
    internal long? ClaimedRows { get; init; }

    /// <summary>Called before each batch of a pass, with the batch's number.</summary>
    internal Action<int> BeforeBatch { get; set; } = _ => { };

    internal ReadOnlySpan<float> Labels => _labels;

    /// <summary>The log odds that the labels were drawn with: no model can know more.</summary>
    internal float[] TrueScores { get; private init; } = [];

    internal static SampleTable Create(int rows, int seed)
    {
        var random = new Random(seed);
        var numbers = new float[rows * 3];
        var codes = new int[rows * 2];
        float[] labels = new float[rows], scores = new float[rows];
        for (int row = 0; row < rows; row++)
        {
            double amount = Math.Exp(3 + (2 * random.NextDouble())), hour = random.Next(24), age = random.NextDouble() < 0.1 ? double.NaN : random.Next(18, 80);
            int country = random.Next(1, 5), merchant = random.Next(0, 16);
            double score = -5 + (amount / 50) + (hour < 5 ? 1.5 : 0) + (double.IsNaN(age) ? 1 : 0) + (country == 3 ? 1.5 : 0) + (merchant % 5 == 0 ? 1 : 0);
            (numbers[row * 3], numbers[(row * 3) + 1], numbers[(row * 3) + 2]) = ((float)amount, (float)hour, (float)age);
            (codes[row * 2], codes[(row * 2) + 1]) = (country, merchant);
            scores[row] = (float)score;
            labels[row] = random.NextDouble() < 1 / (1 + Math.Exp(-score)) ? 1 : 0;
        }
        return new SampleTable(InputsOf(numbers, codes), numbers, codes, labels) { TrueScores = scores };
    }

    /// <summary>The same rows, described as another table is.</summary>
    internal SampleTable DescribedAs(ITable other) => new(other.Inputs, _numbers, _codes, _labels) { TrueScores = TrueScores };

    internal SampleTable WithLabels(float[] labels) => new(Inputs, _numbers, _codes, labels);

    internal SampleTable Claiming(long rows) => new(Inputs, _numbers, _codes, _labels) { ClaimedRows = rows };

    internal ReadOnlySpan<float> Number(int row) => _numbers.AsSpan(row * 3, 3);

    internal ReadOnlySpan<int> Codes(int row) => _codes.AsSpan(row * 2, 2);

    public async IAsyncEnumerable<TableBatch> ReadAsync(int batchRows, [EnumeratorCancellation] CancellationToken ct)
    {
        // Batches of other sizes than were asked for, in arrays that are used again.
        int size = Math.Min(batchRows, 700), batch = 0;
        float[] numbers = new float[(size * 3) + 5], labels = new float[size + 1];
        int[] codes = new int[(size * 2) + 3];
        for (int from = 0; from < _labels.Length; from += size)
        {
            BeforeBatch(batch++);
            ct.ThrowIfCancellationRequested();
            await Task.Yield();
            int rows = Math.Min(size, _labels.Length - from);
            _numbers.AsSpan(from * 3, rows * 3).CopyTo(numbers);
            _codes.AsSpan(from * 2, rows * 2).CopyTo(codes);
            _labels.AsSpan(from, rows).CopyTo(labels);
            yield return new TableBatch { Rows = rows, Numbers = numbers, Categories = codes, Labels = labels };
        }
    }

    private static SignatureInput[] InputsOf(float[] numbers, int[] codes) =>
    [
        NumberInput("amount", numbers, 0),
        NumberInput("hour", numbers, 1),
        NumberInput("age", numbers, 2),
        new() { Name = "country", Type = SignatureType.Category, Categories = ["DE", "FR", "NG", "US"], Statistics = new SignatureStatistics { Count = codes.Length / 2, Missing = 0 } },
        new()
        {
            Name = "merchant",
            Type = SignatureType.Category,
            Categories = [.. Enumerable.Range(1, 15).Select(i => $"m{i}")],
            Statistics = new SignatureStatistics { Count = codes.Length / 2, Missing = codes.Where((c, i) => i % 2 == 1 && c == 0).Count() },
        },
    ];

    private static SignatureInput NumberInput(string name, float[] numbers, int column)
    {
        double[] all = [.. numbers.Where((_, i) => i % 3 == column).Select(n => (double)n)], values = [.. all.Where(v => !double.IsNaN(v))];
        double mean = values.Average();
        return new SignatureInput
        {
            Name = name,
            Type = SignatureType.Number,
            Statistics = new SignatureStatistics
            {
                Count = all.Length,
                Missing = all.Length - values.Length,
                Mean = mean,
                StandardDeviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length),
            },
        };
    }
}
