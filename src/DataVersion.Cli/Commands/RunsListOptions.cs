using System.CommandLine;
using System.Globalization;
using DataVersion.Cli.CommandLine;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;

namespace DataVersion.Cli.Commands;

/// <summary>Which runs are to be listed.</summary>
internal sealed class RunsListOptions
{
    private readonly Option<string?> _commit = Opt.Text("--commit", "REV", "runs of this commit of the code or the data");
    private readonly Option<string?> _data = Opt.Text("--data", "PATH|HASH", "runs that used this version of the data: a tracked path, a pointer, or a hash");
    private readonly Option<string?> _model = Opt.Text("--model", "FILE|HASH", "runs that made this file: its path, or its SHA-256");
    private readonly Option<string?> _key = Opt.Text("--key", "NAME", "the attempts of a logical run (DV_RUN_KEY)");
    private readonly Option<string?> _since = Opt.Text("--since", "WHEN", "not before: 2026-11-28, 2026-11-28T10:00Z, or 12h, 7d, 2w ago");
    private readonly Option<int?> _limit = new("--limit", "-n") { Description = "at most so many, the latest", HelpName = "N" };

    internal RunsScope Scope { get; } = new();

    internal void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_commit, _data, _model, _key, _since, _limit])
            command.Add(option);
        Scope.AddTo(command);
    }

    internal async Task<RunFilter> ReadAsync(ParseResult parse, CommandContext context, Repository repository)
    {
        var subjects = new TraceSubjects(repository, context);
        return new RunFilter
        {
            Commit = parse.GetValue(_commit) is { } commit ? subjects.Commit(commit) : null,
            Data = parse.GetValue(_data) is { } data ? await subjects.HashAsync(data, "--data") : null,
            Model = parse.GetValue(_model) is { } model ? await subjects.HashAsync(model, "--model") : null,
            Key = parse.GetValue(_key),
            Since = parse.GetValue(_since) is { } since ? ParseTime(since, context.Environment.Clock.GetUtcNow()) : null,
            Limit = parse.GetValue(_limit),
        };
    }

    /// <summary>A date, a time, or how long ago.</summary>
    internal static DateTimeOffset ParseTime(string text, DateTimeOffset now)
    {
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number < 1_000_000)
        {
            TimeSpan? unit = text[^1] switch
            {
                'm' => TimeSpan.FromMinutes(1),
                'h' => TimeSpan.FromHours(1),
                'd' => TimeSpan.FromDays(1),
                'w' => TimeSpan.FromDays(7),
                _ => null,
            };
            if (unit is { } one && now.Ticks > (one * number).Ticks)
                return now - (one * number);
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : throw new UsageException($"--since: '{text}' is not a time", "for example: --since 2026-11-28, or --since 7d");
    }
}
