using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DataVersion.Cli.Reporting;

/// <summary>
/// The only way to the user: answers go to stdout, everything else to stderr. Names are made printable here, so no caller need think of it,
/// except that <see cref="Paint"/>'s colours must be put around text that is printable already.
/// </summary>
internal sealed class ConsoleReporter(CliHost host, ReportOptions options)
{
    private readonly Lock _gate = new();
    private bool _answered;
    private string? _root;
    private string? _workingDirectory;

    internal bool Verbose => options.Verbose;
    internal bool Quiet => options.Quiet;
    internal bool Json => options.Json;

    /// <summary>Progress goes to stderr as JSON lines.</summary>
    internal bool JsonProgress => options.JsonProgress;

    /// <summary>False once nobody reads the answers any more. Asking is a system call.</summary>
    internal bool HasReader => host.HasReader();

    internal Paint Paint { get; } = new(host.IsOutputTerminal && host.AllowsColour);

    /// <summary>From now on paths are shown as seen from where the user is, as Git does.</summary>
    internal void ShowPathsFrom(string root, string workingDirectory) => (_root, _workingDirectory) = (root, workingDirectory);

    /// <summary>A path relative to the repository's root, as the user would type it, printable.</summary>
    internal string Path(string relativeToRoot) => Printable.Text(
        _root is null || _workingDirectory is null || _root == _workingDirectory
            ? relativeToRoot
            : System.IO.Path.GetRelativePath(_workingDirectory, System.IO.Path.Combine(_root, relativeToRoot)));

    /// <summary>Shows a result: as JSON where that was asked for (only then is its shape worked out), else by <paramref name="human"/>.</summary>
    internal void Show<T>(T result, Func<JsonOutput, JsonTypeInfo<T>> type, Action human)
    {
        if (!options.Json)
        {
            human();
            return;
        }
        host.Output.WriteLine(JsonSerializer.Serialize(result, type(JsonOutput.Relaxed)));
        _answered = true;
    }

    /// <summary>
    /// Shows a result of many items as one JSON document, writing each as it comes: <c>{"NAME":[…],…}</c>. If that fails the document has no end, and so can
    /// not be taken for a whole one.
    /// </summary>
    internal async Task ShowManyAsync<T, TRest>(
        string name, IAsyncEnumerable<T> items, Func<JsonOutput, JsonTypeInfo<T>> itemType, TRest rest, Func<JsonOutput, JsonTypeInfo<TRest>> restType)
    {
        JsonTypeInfo<T> type = itemType(JsonOutput.Relaxed);
        string begin = $"{{\"{name}\":[";
        string before = begin;
        await foreach (T item in items)
        {
            host.Output.Write(before);
            host.Output.Write(JsonSerializer.Serialize(item, type));
            before = ",";
            _answered = true;
        }
        if (before == begin)
            host.Output.Write(begin);
        string end = JsonSerializer.Serialize(rest, restType(JsonOutput.Relaxed));
        host.Output.WriteLine(end == "{}" ? "]}" : $"],{end[1..]}");
        _answered = true;
    }

    /// <summary>A line that was asked for: shown also with <c>-q</c>.</summary>
    internal void Answer(string line)
    {
        host.Output.WriteLine(line);
        _answered = true;
    }

    /// <summary>A line that says what was done: not shown with <c>-q</c>.</summary>
    internal void Did(string line)
    {
        if (!options.Quiet)
            Answer(line);
    }

    /// <summary>What the user may want to do next; on stderr, not with <c>-q</c> nor <c>--json</c>.</summary>
    internal void Next(string command)
    {
        if (!options.Quiet && !options.Json)
            Message($"next: {command}");
    }

    /// <summary>Something on stderr that is not shown with <c>-q</c>.</summary>
    internal void Note(string line)
    {
        if (!options.Quiet)
            Message(line);
    }

    internal void Warn(string message) => Message($"dv: warning: {Printable.Text(message)}");

    /// <summary>An item that failed while the command went on.</summary>
    internal void ItemFailed(string? path, string error, string? hint)
    {
        // Many messages name their path already.
        bool named = path is null || error.Contains(path, StringComparison.Ordinal);
        Message(named ? $"dv: error: {Printable.Text(error)}" : $"dv: error: {Path(path!)}: {Printable.Text(error)}");
        if (hint is not null)
            Hint(hint);
    }

    /// <summary>What the user can do about what was just said.</summary>
    internal void Hint(string hint) => Message($"hint: {Printable.Text(hint)}");

    /// <summary>The command failed.</summary>
    /// <returns>The exit code.</returns>
    internal int Fail(ErrorReport error)
    {
        Message($"dv: error: {Printable.Text(error.Message)}");
        if (error.Hint is not null)
            Hint(error.Hint);
        if (options.Verbose && error.Exception is not null)
            Message(error.Exception.ToString());
        if (options.Json && !_answered)
            host.Output.WriteLine(JsonSerializer.Serialize(new ErrorOutput(error), JsonOutput.Relaxed.ErrorOutput));
        return error.ExitCode;
    }

    /// <summary>Writes on stderr without ending the line.</summary>
    internal void Question(string text)
    {
        lock (_gate)
        {
            FlushAnswers();
            host.Error.Write(Printable.Text(text));
        }
    }

    private void Message(string line)
    {
        lock (_gate)
        {
            FlushAnswers();
            host.Error.WriteLine(line);
        }
    }

    // So that lines come in the order in which they were written where both streams go to one place.
    private void FlushAnswers()
    {
        try
        {
            host.Output.Flush();
        }
        catch (IOException)
        {
            // The last flush meets it again, and reports it.
        }
    }
}
