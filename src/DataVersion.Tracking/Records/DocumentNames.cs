namespace DataVersion.Tracking.Records;

/// <summary>The documents of a run, in <c>runs/ID/</c> here and on a remote.</summary>
public static class DocumentNames
{
    /// <summary>The record: written last.</summary>
    public const string Record = "provenance.json";

    /// <summary>The record as an in-toto statement.</summary>
    public const string Statement = "statement.intoto.json";

    /// <summary>All packages.</summary>
    public const string Environment = "environment.json";

    /// <summary>Every point of every metric.</summary>
    public const string Metrics = "metrics.jsonl";

    /// <summary>What differed from the commit.</summary>
    public const string Diff = "diff.patch";

    /// <summary>Every file of the data.</summary>
    public const string Manifest = "data.manifest.json";

    /// <summary>All that may lie beside the record.</summary>
    public static IReadOnlyList<string> BesideRecord { get; } = [Statement, Environment, Metrics, Diff, Manifest];
}
