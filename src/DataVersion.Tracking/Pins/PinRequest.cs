using DataVersion.Configuration;
using DataVersion.Git;

namespace DataVersion.Tracking.Pins;

/// <summary>What a pin is looked for with.</summary>
public sealed record PinRequest
{
    /// <summary>Where images have their pin.</summary>
    public const string ImagePin = "/app/dv.pin.json";

    /// <summary>Where relative paths start from; absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The workspace: the folder that holds <c>.dv</c>; null where there is none.</summary>
    public string? Root { get; init; }

    /// <summary>The git program; null where there is none: then nothing can be fetched.</summary>
    public GitProgram? Git { get; init; }

    /// <summary>The revision of the data that was asked for (<c>--rev</c>); null for none.</summary>
    public string? Revision { get; init; }

    /// <summary>The Git repository that it is fetched from (<c>--repo</c>), a URL or a path; null for the one at hand.</summary>
    public string? Repository { get; init; }

    /// <summary>The folder that keeps fetched repositories; needed with <see cref="Repository"/>.</summary>
    public string? FetchFolder { get; init; }

    /// <summary>The baked pin that was named (<c>--pin</c>); it must be there. Null to look for one.</summary>
    public string? PinFile { get; init; }

    /// <summary>Where a baked pin is looked for after the workspace and the folders above it.</summary>
    public IReadOnlyList<string> OtherPinFiles { get; init; } = [ImagePin];

    /// <summary>The commit that an image says its code is of (<c>GIT_COMMIT</c>), a full or abbreviated id; anything else counts as none.</summary>
    public string? DeclaredCommit { get; init; }

    /// <summary>Outputs (<c>--out</c>), as typed.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>What would be refused, and is allowed.</summary>
    public PinAllowances Allowed { get; init; } = PinAllowances.None;

    /// <summary>Where this runs.</summary>
    public EnvironmentKind Environment { get; init; } = EnvironmentKind.Workplace;

    /// <summary>The remotes of the workspace's settings.</summary>
    public IReadOnlyList<RemoteSettings> Remotes { get; init; } = [];

    /// <summary>The name of the default one.</summary>
    public string? DefaultRemote { get; init; }
}

/// <summary>What was found.</summary>
public sealed record PinResolution
{
    /// <summary>The pin; null where there is none and that was allowed.</summary>
    public required Pin? Pin { get; init; }

    /// <summary>The allowances without which it would have been refused; they belong into the run's record.</summary>
    public required PinAllowances Used { get; init; }

    /// <summary>What the user should know, one line each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
