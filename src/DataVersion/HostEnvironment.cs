namespace DataVersion;

/// <summary>What the machine and the user's environment contribute. The program reads it once; the library reads no environment of its own.</summary>
public sealed record HostEnvironment
{
    /// <summary>The user's home, which <c>~</c> stands for in the user's own settings; null where there is none.</summary>
    public string? HomeDirectory { get; init; }

    /// <summary>Folder of the user's own configuration (<c>~/.config/dv</c>); null where there is no home.</summary>
    public string? UserConfigDirectory { get; init; }

    /// <summary>The machine's configuration file (<c>/etc/dv/config</c>); null to read none.</summary>
    public string? SystemConfigFile { get; init; }

    /// <summary>The environment variables whose names begin with <c>DV_</c>, and no others.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Where programs such as <c>git</c> are looked for: folders separated as in <c>PATH</c>; empty to run none.</summary>
    public string ProgramSearchPath { get; init; } = "";

    /// <summary>Told what the user should know and that fails nothing, when it is found outside of an operation's own progress.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
