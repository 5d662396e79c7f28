using DataVersion.Git;
using DataVersion.Tracking.Processes;

namespace DataVersion.Tracking;

/// <summary>What the process gives to a run. The library reads no environment of its own.</summary>
public sealed record RunHost
{
    /// <summary>All environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>What the library is given.</summary>
    public required HostEnvironment Environment { get; init; }

    /// <summary>Opens the stores of remotes.</summary>
    public required RemoteOpener OpenRemote { get; init; }

    /// <summary>Where this process's signals come from.</summary>
    public required SignalRelay Signals { get; init; }

    /// <summary>Where the machine tells about itself.</summary>
    public MachinePaths Machine { get; init; } = MachinePaths.Default;

    /// <summary>The version of dv.</summary>
    public required string Version { get; init; }

    /// <summary>A folder for what may be lost: fetched repositories, records where the state folder may not be written. Absolute.</summary>
    public required string TemporaryDirectory { get; init; }

    /// <summary>True at a terminal, which sends Ctrl-C to the trainer itself.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Who runs this; null where nobody knows.</summary>
    public string? User { get; init; }

    /// <summary>The file from which Kubernetes takes the reason of an end.</summary>
    public string TerminationLog { get; init; } = Processes.TerminationLog.DefaultPath;

    /// <summary>The clock.</summary>
    public TimeProvider Clock => Environment.Clock;

    /// <summary>The variables that a trainer, or another program that the run starts, may have: all but those that are dv's alone.</summary>
    public IReadOnlyDictionary<string, string> ChildVariables => Variables.Where(v => !GitToken.IsName(v.Key)).ToDictionary();

    /// <summary>A variable that is set and not empty.</summary>
    public string? Variable(string name) => Variables.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
