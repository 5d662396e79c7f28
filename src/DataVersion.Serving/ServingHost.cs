namespace DataVersion.Serving;

/// <summary>What the process gives to the server; tests give their own.</summary>
internal sealed record ServingHost
{
    /// <summary>All environment variables.</summary>
    internal required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Absolute.</summary>
    internal required string WorkingDirectory { get; init; }

    /// <summary>Where the log goes: one JSON object a line.</summary>
    internal required TextWriter Log { get; init; }

    /// <summary>The system's folder for temporary files.</summary>
    internal required string TemporaryDirectory { get; init; }

    /// <summary>The program's version.</summary>
    internal string Version { get; init; } = "0";

    /// <summary>True where SIGTERM and SIGINT end the server; tests share a process.</summary>
    internal bool HandlesSignals { get; init; }

    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    internal string? Variable(string name) => Environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    internal string? HomeDirectory =>
        Variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") is { } home && Path.IsPathFullyQualified(home) ? home : null;
}
