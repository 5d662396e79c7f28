namespace DataVersion.Serving.Models;

/// <summary>Where a model comes from, as far as that is known.</summary>
internal sealed record ModelLineage
{
    internal static ModelLineage None { get; } = new();

    /// <summary>The run in MLflow.</summary>
    internal string? RunId { get; init; }

    /// <summary>Its name there.</summary>
    internal string? RunName { get; init; }

    /// <summary>The run as <c>dv run</c> knows it.</summary>
    internal string? RunUuid { get; init; }

    /// <summary>The commit of the code.</summary>
    internal string? Commit { get; init; }

    /// <summary>Its repository, without credentials.</summary>
    internal string? Repository { get; init; }

    /// <summary>The commit whose pointers named the data, or the model itself.</summary>
    internal string? DataCommit { get; init; }

    /// <summary>One hash for all of the data.</summary>
    internal string? DataDigest { get; init; }

    /// <summary>The data that it was trained on.</summary>
    internal IReadOnlyList<ModelData> Data { get; init; } = [];
}

/// <summary>A data version.</summary>
/// <param name="Path">The tracked path.</param>
/// <param name="Hash">Its id: <c>sha256:…</c>.</param>
/// <param name="Size">Bytes; null where nothing says.</param>
internal sealed record ModelData(string Path, string Hash, long? Size);
