using DataVersion.Tracking;

namespace DataVersion.Trainer;

/// <summary>What the process gives to the program; tests give their own.</summary>
internal sealed record TrainerHost
{
    /// <summary>What was asked for goes here.</summary>
    internal required TextWriter Output { get; init; }

    /// <summary>What went wrong goes here.</summary>
    internal required TextWriter Error { get; init; }

    /// <summary>All environment variables.</summary>
    internal required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Where GPUs are looked for.</summary>
    internal MachinePaths Machine { get; init; } = MachinePaths.Default;

    internal string? Variable(string name) => Environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
