namespace DataVersion.Serving.Models;

/// <summary>What a model's URI means at this moment, all names followed.</summary>
internal sealed record ResolvedModel
{
    /// <summary>As it was asked for.</summary>
    internal required ModelUri Uri { get; init; }

    /// <summary>Where its files are; without credentials.</summary>
    internal required string Location { get; init; }

    /// <summary>Changes when the URI comes to mean another model.</summary>
    internal required string Identity { get; init; }

    /// <summary>The files.</summary>
    internal required IModelFiles Files { get; init; }

    /// <summary>The registered model's name, the path; null where it has none.</summary>
    internal string? Name { get; init; }

    /// <summary>What people call this version: the registry's number, a commit; null for none.</summary>
    internal string? Version { get; init; }

    /// <summary>The hash that the registry or pointer names: SHA-256 of <c>model.onnx</c>, or of the dv tree of its folder, in hex; null where nothing says.</summary>
    internal string? Sha256 { get; init; }

    internal ModelLineage Lineage { get; init; } = ModelLineage.None;
}

/// <summary>A model's files in the place where they are kept.</summary>
internal interface IModelFiles
{
    /// <summary>Brings them into a folder.</summary>
    /// <exception cref="DataVersionException">They are not there, too many or too large, or cannot be had.</exception>
    Task BringAsync(ModelFolder folder, CancellationToken cancellationToken);
}
