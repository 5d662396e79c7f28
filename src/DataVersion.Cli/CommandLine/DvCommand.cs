using System.CommandLine;

namespace DataVersion.Cli.CommandLine;

/// <summary>A command of <c>dv</c>: what it is called, what its help says, and what it does.</summary>
internal abstract class DvCommand(string name, string description) : Command(name, description)
{
    /// <summary>More about it, below the one line; paragraphs.</summary>
    internal IReadOnlyList<string> Details { get; init; } = [];

    internal IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>The exit codes that this command is likely to end with.</summary>
    internal IReadOnlyList<int> Codes { get; init; } = [];

    /// <summary>What is wrong with the whole command line, before its parts are looked at; null for nothing.</summary>
    internal virtual UsageException? FindMisuse(ParseResult parse) => null;

    /// <summary>What an exit code of this command means.</summary>
    internal virtual string Describe(int code) => ExitCodes.Describe(code);

    /// <summary><c>--json</c>, where the command has it.</summary>
    internal Option<bool>? JsonOption { get; private set; }

    internal abstract Task<int> RunAsync(ParseResult parse, CommandContext context);

    /// <summary>Declares <c>--json</c>; which form is used is ConsoleReporter's matter.</summary>
    protected void AddJson()
    {
        JsonOption = Opt.Flag("--json", "print the result as JSON");
        Add(JsonOption);
    }
}

/// <summary>A command line and what it does.</summary>
internal sealed record Example(string Line, string Meaning);
