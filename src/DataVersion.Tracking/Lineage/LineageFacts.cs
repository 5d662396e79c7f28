namespace DataVersion.Tracking.Lineage;

/// <summary>Where a run stands, as OpenLineage names it.</summary>
public enum LineageState
{
    /// <summary>It began.</summary>
    Start,

    /// <summary>It goes on.</summary>
    Running,

    /// <summary>It ended well.</summary>
    Complete,

    /// <summary>It ended with an error.</summary>
    Fail,

    /// <summary>It was ended from outside.</summary>
    Abort,
}

/// <summary>What is told of a run to those who follow data through a company. URLs may hold credentials: none of them is told.</summary>
public sealed record LineageFacts
{
    /// <summary>The run.</summary>
    public required Guid RunId { get; init; }

    /// <summary>Whose job it is: <c>OPENLINEAGE_NAMESPACE</c>.</summary>
    public required string JobNamespace { get; init; }

    /// <summary>The job's name in that namespace; the same for every run of it.</summary>
    public required string JobName { get; init; }

    /// <summary>The version of dv.</summary>
    public required string ProducerVersion { get; init; }

    /// <summary>The code that ran; null where it is not known.</summary>
    public LineageCode? Code { get; init; }

    /// <summary>The data that it was given.</summary>
    public IReadOnlyList<LineageDataset> Inputs { get; init; } = [];

    /// <summary>What it made.</summary>
    public IReadOnlyList<LineageDataset> Outputs { get; init; } = [];

    /// <summary>The run that started it, such as a scheduler's; null where nobody said.</summary>
    public LineageParent? Parent { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public string? Error { get; init; }
}

/// <summary>The code of a run.</summary>
/// <param name="Repository">Its URL as Git has it (<c>https://…</c>, <c>git@host:path</c>), or null.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Branch">The branch, where known.</param>
/// <param name="Tag">The tag, where known.</param>
public sealed record LineageCode(string? Repository, string Commit, string? Branch = null, string? Tag = null);

/// <summary>Data that goes into a run or comes out of it.</summary>
/// <param name="Namespace">The place that holds it, as OpenLineage names places: <c>s3://bucket</c>, <c>file</c>.</param>
/// <param name="Name">Its name there: the tracked path.</param>
/// <param name="Version">What it hashes to.</param>
/// <param name="Size">Bytes, where known.</param>
/// <param name="Files">Number of files, where known.</param>
public sealed record LineageDataset(string Namespace, string Name, string Version, long? Size = null, long? Files = null);

/// <summary>The run that started a run.</summary>
/// <param name="RunId">Its run.</param>
/// <param name="JobNamespace">The namespace of its job.</param>
/// <param name="JobName">Its job.</param>
public sealed record LineageParent(Guid RunId, string JobNamespace, string JobName)
{
    /// <summary>Reads <c>NAMESPACE/JOB/RUN-UUID</c>, as schedulers hand it to what they start in <c>OPENLINEAGE_PARENT_ID</c>; null for anything else.</summary>
    public static LineageParent? TryParse(string? text)
    {
        int last = text?.LastIndexOf('/') ?? -1;
        int middle = last > 0 ? text!.LastIndexOf('/', last - 1) : -1;
        return middle > 0 && last > middle + 1 && Guid.TryParseExact(text.AsSpan(last + 1), "D", out Guid run)
            ? new LineageParent(run, text![..middle], text[(middle + 1)..last])
            : null;
    }
}
