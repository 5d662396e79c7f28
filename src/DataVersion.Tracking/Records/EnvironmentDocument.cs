namespace DataVersion.Tracking.Records;

/// <summary><c>environment.json</c>: all of the software that was there, too long for the record itself.</summary>
public sealed record EnvironmentDocument
{
    /// <summary>The format.</summary>
    public string Schema { get; set; } = "dv.environment/1";

    /// <summary>The run.</summary>
    public required string RunUuid { get; init; }

    /// <summary>As in the record.</summary>
    public required RuntimeFacts Runtime { get; init; }

    /// <summary>Packages of the operating system.</summary>
    public IReadOnlyList<PackageFacts> SystemPackages { get; set; } = [];

    /// <summary>Packages of <c>dv</c> itself.</summary>
    public IReadOnlyList<PackageFacts> ToolPackages { get; set; } = [];
}
