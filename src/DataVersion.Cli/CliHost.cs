using DataVersion.Tracking;
using DataVersion.Tracking.Processes;

namespace DataVersion.Cli;

/// <summary>What the process gives to the program; tests give their own.</summary>
internal sealed record CliHost
{
    internal required TextWriter Output { get; init; }
    internal required TextWriter Error { get; init; }

    /// <summary>Opens where bytes go that are no text.</summary>
    internal Func<Stream> OpenOutput { get; init; } = static () => Stream.Null;

    /// <summary>False once nobody reads <see cref="Output"/> any more.</summary>
    internal Func<bool> HasReader { get; init; } = static () => true;

    /// <summary>Where answers come from; null where nobody can be asked.</summary>
    internal TextReader? Input { get; init; }

    internal bool IsOutputTerminal { get; init; }
    internal bool IsErrorTerminal { get; init; }

    /// <summary>Columns of the terminal that <see cref="Output"/> is; null where it is none.</summary>
    internal int? TerminalWidth { get; init; }

    /// <summary>All environment variables.</summary>
    internal required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Absolute.</summary>
    internal required string WorkingDirectory { get; init; }

    internal string? SystemConfigFile { get; init; }
    internal MachinePaths Machine { get; init; } = MachinePaths.Default;

    /// <summary>Hands all signals over to a command that runs a child; null where there are none (tests).</summary>
    internal Func<SignalRelay>? TakeSignals { get; init; }

    /// <summary>Who runs this; null where nobody knows.</summary>
    internal string? User { get; init; }

    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    internal string? Variable(string name) => Environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    /// <summary>True where colours may be used: <see href="https://no-color.org">NO_COLOR</see> is not set and the terminal is not a dumb one.</summary>
    internal bool AllowsColour => Variable("NO_COLOR") is null && Variable("TERM") != "dumb";

    /// <summary>What the library gets to see of all this.</summary>
    internal HostEnvironment ToHostEnvironment() => new()
    {
        HomeDirectory = HomeDirectory(),
        UserConfigDirectory = UserConfigDirectory(),
        SystemConfigFile = SystemConfigFile,
        Variables = Environment.Where(v => v.Key.StartsWith("DV_", StringComparison.Ordinal)).ToDictionary(),
        ProgramSearchPath = Variable("PATH") ?? "",
        Clock = Clock,
    };

    // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification).
    private string? UserConfigDirectory() =>
        Variable("XDG_CONFIG_HOME") is { } xdg && Path.IsPathFullyQualified(xdg) ? Path.Combine(xdg, "dv")
        : OperatingSystem.IsWindows() && Variable("APPDATA") is { } roaming ? Path.Combine(roaming, "dv")
        : HomeDirectory() is { } home ? Path.Combine(home, ".config", "dv")
        : null;

    private string? HomeDirectory() =>
        Variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") is { } home && Path.IsPathFullyQualified(home) ? home : null;
}
