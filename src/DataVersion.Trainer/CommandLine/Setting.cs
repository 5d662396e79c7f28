using System.CommandLine;
using System.Globalization;

namespace DataVersion.Trainer.CommandLine;

/// <summary>
/// An option that can also be given as a variable, as <c>dv run --param NAME=VALUE</c> does: <c>--learning-rate</c> is <c>DV_PARAM_LEARNING_RATE</c>. What is on the command line wins.
/// </summary>
internal sealed class Setting(string name, string valueName, string description)
{
    internal const string Prefix = "DV_PARAM_";

    internal string Name => name;

    internal Option<string[]> Option { get; } = new($"--{name}")
    {
        Description = description,
        HelpName = valueName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Takes several values, separated as the paths of a search path are where they come as a variable.</summary>
    internal bool IsList
    {
        get;
        init
        {
            field = value;
            Option.AllowMultipleArgumentsPerToken = value;
        }
    }

    internal string Variable => Prefix + name.ToUpperInvariant().Replace('-', '_');

    internal IReadOnlyList<string> All(ParseResult parse, TrainerHost host)
    {
        if (parse.GetResult(Option) is { Implicit: false })
            return parse.GetValue(Option) ?? [];
        return host.Variable(Variable) is not { } given ? [] : IsList ? given.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) : [given];
    }

    internal string? Text(ParseResult parse, TrainerHost host)
    {
        IReadOnlyList<string> all = All(parse, host);
        return all.Count == 0 ? null : all.Count == 1 ? all[0] : throw new UsageException($"{Where(parse)} is given {all.Count} times", "give it once");
    }

    internal int Integer(ParseResult parse, TrainerHost host, int otherwise, int min) =>
        Text(parse, host) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= min ? number
        : throw Wrong(parse, text, $"a whole number from {min} on");

    internal double Number(ParseResult parse, TrainerHost host, double otherwise, Func<double, bool> fits, string what) =>
        Text(parse, host) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && fits(number) ? number
        : throw Wrong(parse, text, what);

    internal T Word<T>(ParseResult parse, TrainerHost host, T otherwise) where T : struct, Enum =>
        Text(parse, host) is not { } text ? otherwise
        : Enum.GetNames<T>().Any(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) ? Enum.Parse<T>(text, ignoreCase: true)
        : throw Wrong(parse, text, $"one of: {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}");

    internal UsageException Wrong(ParseResult parse, string text, string wanted) =>
        new($"{Where(parse)}: '{Objects.PathRules.Printable(text)}' is not {wanted}", "see: dv-train --help");

    private string Where(ParseResult parse) => parse.GetResult(Option) is { Implicit: false } ? $"--{name}" : Variable;
}
