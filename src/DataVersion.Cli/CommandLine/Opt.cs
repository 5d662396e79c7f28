using System.CommandLine;
using System.Globalization;
using DataVersion.Cli.Reporting;
using DataVersion.Hashing;
using DataVersion.Transfers;

namespace DataVersion.Cli.CommandLine;

/// <summary>Makes options and arguments whose errors are ours.</summary>
internal static class Opt
{
    internal const int MaxJobs = 256;

    internal static Option<bool> Flag(string name, string description, params string[] aliases) =>
        // Else it would take a path named "true" for its value.
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>True where the option stands on the command line, with or without a value.</summary>
    internal static bool Has(this ParseResult parse, Option option) => parse.GetResult(option) is { Implicit: false };

    internal static Option<string?> Text(string name, string valueName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = valueName };

    /// <summary>A number of bytes, 0 included: plain, or <c>500K</c>, <c>10M</c>, <c>1.5G</c> in units of 1024.</summary>
    internal static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "BYTES",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) || Sizes.TryParse(text, out bytes))
                return bytes;
            result.AddError($"'{text}' is not a number of bytes such as 4096, 500K, 10M or 1.5G");
            return null;
        },
    };

    internal static Option<int?> Jobs(string description = "how many objects to move at once") => new("--jobs", "-j")
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int jobs) && jobs is >= 1 and <= MaxJobs)
                return jobs;
            result.AddError($"'{result.Tokens[0].Value}' is not a number from 1 to {MaxJobs}");
            return null;
        },
    };

    /// <summary>One part of the files: <c>I/N</c>.</summary>
    internal static Option<Shard?> Shard() => new("--shard")
    {
        Description = "only the files of part I of N, where I counts from 0: disjoint, equal in bytes, the same on every machine (DV_SHARD)",
        HelpName = "I/N",
        CustomParser = result =>
        {
            if (Transfers.Shard.TryParse(result.Tokens[0].Value, out Shard shard))
                return shard;
            result.AddError(NoShard(result.Tokens[0].Value));
            return null;
        },
    };

    internal static string NoShard(string text) => $"'{text}' is not a shard I/N such as 0/4, with I from 0 to N-1 (as JOB_COMPLETION_INDEX counts)";

    /// <summary>Bytes a second: <c>500K</c>, <c>10M</c>, <c>1.5G</c>, in units of 1024 as curl and rclone have them.</summary>
    internal static Option<long?> LimitRate() => new("--limit-rate")
    {
        Description = "the most bytes a second, up and down together: 500K, 10M, 1.5G",
        HelpName = "RATE",
        CustomParser = result =>
        {
            if (Sizes.TryParse(result.Tokens[0].Value, out long rate) && rate >= 1024)
                return rate;
            result.AddError($"'{result.Tokens[0].Value}' is not a rate such as 500K, 10M or 1.5G (at least 1K)");
            return null;
        },
    };

    internal static Option<HashKind?> Hash()
    {
        var option = new Option<HashKind?>("--hash")
        {
            Description = "the algorithm that names objects: sha256 (default) or, for closed, trusted settings, xxh128",
            HelpName = "ALG",
            CustomParser = result =>
            {
                if (HashKinds.TryParse(result.Tokens[0].Value, out HashKind kind) && kind != HashKind.Md5)
                    return kind;
                result.AddError($"'{result.Tokens[0].Value}' is not one of: sha256, xxh128");
                return null;
            },
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add("sha256", "xxh128");
        return option;
    }

    /// <summary>One of a few words, which are also completed.</summary>
    internal static Option<string?> Word(string name, string valueName, string description, IReadOnlyList<string> words)
    {
        var option = new Option<string?>(name)
        {
            Description = description,
            HelpName = valueName,
            CustomParser = result =>
            {
                string word = result.Tokens[0].Value;
                if (!words.Contains(word))
                    result.AddError($"'{word}' is not one of: {string.Join(", ", words)}");
                return word;
            },
        };
        option.CompletionSources.Add([.. words]);
        return option;
    }

    internal static Option<string?> Remote() => Text("--remote", "REMOTE", "the remote to use instead of the default one", "-r");

    internal static Argument<string> Required(string name, string description) => new(name) { Description = description };

    internal static Argument<string?> Optional(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };

    internal static Argument<string[]> Paths(string description, bool required = false) =>
        new("PATH") { Description = description, Arity = required ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore };
}
