using System.CommandLine;
using System.Globalization;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Training;

namespace DataVersion.Trainer.CommandLine;

/// <summary>What <c>dv-train</c> is asked to do.</summary>
internal sealed record TrainRequest
{
    internal required IReadOnlyList<string> Data { get; init; }

    internal required string Target { get; init; }

    /// <summary>Files to check with; none to take a share of the data.</summary>
    internal required IReadOnlyList<string> Validation { get; init; }

    internal required double ValidationShare { get; init; }

    /// <summary>Of a target of two words, the one that is learnt.</summary>
    internal required string? Positive { get; init; }

    internal required IReadOnlyList<string> Ignore { get; init; }

    internal required IReadOnlyList<string> Categories { get; init; }

    /// <summary>Of a column of words, the most frequent ones that are kept.</summary>
    internal required int MaxCategories { get; init; }

    internal required string Out { get; init; }

    /// <summary>Null for the one with the best F1.</summary>
    internal required double? Threshold { get; init; }

    internal required bool RequireGpu { get; init; }

    internal required TrainingOptions Options { get; init; }
}

/// <summary>The options of <c>dv-train</c>, each of which may also come as a variable.</summary>
internal sealed class TrainSettings
{
    private static readonly TrainingOptions Usual = new();

    private readonly Setting _data = new("data", "PATH", "Parquet or CSV files, or folders of them, to learn from") { IsList = true };
    private readonly Setting _target = new("target", "COLUMN", "the column to learn: 0 or 1, true or false, or two words");
    private readonly Setting _positive = new("positive", "WORD", "of a target of two words, the one to find");
    private readonly Setting _ignore = new("ignore", "COLUMN", "columns to leave out") { IsList = true };
    private readonly Setting _categories = new("category", "COLUMN", "columns to take as words, whatever they look like") { IsList = true };
    private readonly Setting _maxCategories = new("max-categories", "N", "words of a column that are kept, the most frequent ones; others count as unseen (1000)");
    private readonly Setting _validation = new("validation", "PATH", "files to check with") { IsList = true };
    private readonly Setting _share = new("validation-share", "SHARE", "without --validation, the share of rows to check with (0.2)");
    private readonly Setting _out = new("out", "DIR", "where the model goes (models)");
    private readonly Setting _epochs = new("epochs", "N", "passes over the data at most (20)");
    private readonly Setting _batch = new("batch-size", "ROWS", "rows of a step (512)");
    private readonly Setting _rate = new("learning-rate", "RATE", "how far a step goes (0.001)");
    private readonly Setting _optimizer = new("optimizer", "NAME", "adam (default) or sgd");
    private readonly Setting _momentum = new("momentum", "SHARE", "of sgd (0.9)");
    private readonly Setting _schedule = new("schedule", "NAME", "how the learning rate falls: constant (default), cosine or step");
    private readonly Setting _warmUp = new("warm-up", "EPOCHS", "epochs over which the learning rate rises first (0)");
    private readonly Setting _l2 = new("l2", "FACTOR", "penalty on large weights (0)");
    private readonly Setting _hidden = new("hidden", "WIDTHS", "widths of the hidden layers (64,32); none for a linear model");
    private readonly Setting _dropout = new("dropout", "SHARE", "share of the hidden layers that each step leaves out (0)");
    private readonly Setting _weight = new("class-weight", "WEIGHT", "what a positive row weighs against a negative one: a number, balanced, or none (default)");
    private readonly Setting _patience = new("patience", "EPOCHS", "end after so many epochs without a better AUC (5); 0 never to");
    private readonly Setting _seed = new("seed", "N", "decides weights, order and split (0)");
    private readonly Setting _threads = new("threads", "N", "threads of one operator (1)");
    private readonly Setting _memory = new("memory", "SIZE", "data that is kept on the device: 256M (default), 8G; where there is more, it is read anew in each epoch");
    private readonly Setting _threshold = new("threshold", "P", "from this probability on a row is positive: a number (0.5), or best for the best F1");
    private readonly Option<bool> _requireGpu = new("--require-gpu") { Description = "end with 72 where no GPU can be used", Arity = ArgumentArity.Zero };

    internal IEnumerable<Option> Options =>
    [
        .. ((Setting[])[_data, _target, _positive, _ignore, _categories, _maxCategories, _validation, _share, _out, _epochs, _batch, _rate, _optimizer, _momentum, _schedule, _warmUp, _l2,
            _hidden, _dropout, _weight, _patience, _seed, _threads, _memory, _threshold]).Select(s => (Option)s.Option),
        _requireGpu,
    ];

    /// <summary>Reads command line and variables.</summary>
    /// <exception cref="UsageException">A value is missing, or is not what it should be.</exception>
    internal TrainRequest Read(ParseResult parse, TrainerHost host)
    {
        IReadOnlyList<string> data = _data.All(parse, host), validation = _validation.All(parse, host);
        return new TrainRequest
        {
            Data = data.Count > 0 ? data : throw new UsageException("--data is missing: what to learn from", "see: dv-train --help"),
            Target = _target.Text(parse, host) ?? throw new UsageException("--target is missing: the column to learn", "see: dv-train --help"),
            Validation = validation,
            ValidationShare = _share.Number(parse, host, 0.2, s => s is > 0 and < 1, "a share above 0 and below 1"),
            Positive = _positive.Text(parse, host),
            Ignore = _ignore.All(parse, host),
            Categories = _categories.All(parse, host),
            MaxCategories = _maxCategories.Integer(parse, host, new TableOptions().MaxCategories, 1),
            Out = _out.Text(parse, host) ?? "models",
            Threshold = ReadThreshold(parse, host),
            RequireGpu = ReadRequireGpu(parse, host),
            Options = ReadOptions(parse, host),
        };
    }

    private TrainingOptions ReadOptions(ParseResult parse, TrainerHost host) => new()
    {
        Epochs = _epochs.Integer(parse, host, Usual.Epochs, 1),
        BatchSize = _batch.Integer(parse, host, Usual.BatchSize, 1),
        LearningRate = _rate.Number(parse, host, Usual.LearningRate, r => r > 0, "a number above 0"),
        Optimizer = _optimizer.Word(parse, host, Usual.Optimizer),
        Momentum = _momentum.Number(parse, host, Usual.Momentum, m => m is >= 0 and < 1, "a number from 0 to below 1"),
        Schedule = _schedule.Word(parse, host, Usual.Schedule),
        WarmUp = _warmUp.Number(parse, host, Usual.WarmUp, e => e >= 0, "a number from 0 on"),
        L2 = _l2.Number(parse, host, Usual.L2, l => l >= 0, "a number from 0 on"),
        Hidden = ReadHidden(parse, host),
        Dropout = _dropout.Number(parse, host, Usual.Dropout, d => d is >= 0 and <= 0.99, "a share from 0 to 0.99"),
        ClassWeight = ReadWeight(parse, host),
        Patience = _patience.Integer(parse, host, Usual.Patience, 0),
        Seed = _seed.Integer(parse, host, Usual.Seed, int.MinValue),
        Threads = _threads.Integer(parse, host, Usual.Threads, 1),
        Memory = _memory.Text(parse, host) is not { } size ? Usual.Memory
            : ByteCount.TryParse(size, out long bytes) && bytes >= 1 << 20 ? bytes
            : throw _memory.Wrong(parse, size, "a size such as 256M or 8G (at least 1M)"),
    };

    private IReadOnlyList<int> ReadHidden(ParseResult parse, TrainerHost host)
    {
        const int Widest = 65_536;
        if (_hidden.Text(parse, host) is not { } text)
            return Usual.Hidden;
        if (text == "none")
            return [];
        var widths = new List<int>();
        foreach (string part in text.Split(','))
            widths.Add(int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int width) && width is > 0 and <= Widest ? width
                : throw _hidden.Wrong(parse, text, $"a list of widths from 1 to {Widest}, such as 64,32, or none"));
        return widths;
    }

    private double? ReadWeight(ParseResult parse, TrainerHost host) => _weight.Text(parse, host) switch
    {
        null or "none" => 1,
        "balanced" => null,
        _ => _weight.Number(parse, host, 1, w => w > 0, "a number above 0, balanced or none"),
    };

    private double? ReadThreshold(ParseResult parse, TrainerHost host) => _threshold.Text(parse, host) == "best" ? null
        : _threshold.Number(parse, host, 0.5, t => t is >= 0 and <= 1, "a number from 0 to 1, or best");

    private bool ReadRequireGpu(ParseResult parse, TrainerHost host)
    {
        const string Variable = Setting.Prefix + "REQUIRE_GPU";
        if (parse.GetValue(_requireGpu))
            return true;
        return host.Variable(Variable)?.ToLowerInvariant() switch
        {
            null or "false" or "0" or "no" => false,
            "true" or "1" or "yes" => true,
            _ => throw new UsageException($"{Variable} is neither true nor false"),
        };
    }
}
