using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.History;

/// <summary>Which runs are asked for; what is null does not matter. Hashes may be given by their first digits.</summary>
public sealed record RunFilter
{
    /// <summary>A commit of the code or of the data.</summary>
    public string? Commit { get; init; }

    /// <summary>A data id in hex, or the digest of all data.</summary>
    public string? Data { get; init; }

    /// <summary>SHA-256 of an output's file, or the id of its tree, in hex.</summary>
    public string? Model { get; init; }

    /// <summary>The name of a logical run.</summary>
    public string? Key { get; init; }

    /// <summary>Not before.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The most that are wanted, the latest first.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether a run is wanted.</summary>
    public bool Accepts(RunRecord record) =>
        (Commit is null || Starts(record.Code?.Commit, Commit) || Starts(record.Pin?.Commit, Commit))
        && (Data is null || Starts(record.DataDigest, Data) || record.Data.Any(d => Starts(d.Hash, Data)))
        && (Model is null || record.Outputs.Any(o => Starts(o.Sha256, Model) || o.Files.Any(f => Starts(f.Sha256, Model))))
        && (Key is null || record.Key == Key)
        && (Since is null || record.StartedOn >= Since);

    /// <summary>The narrowest key of a remote that leads to what is wanted; null where everything has to be looked at.</summary>
    internal (string By, string Hash)? RemoteKey =>
        Model is not null ? (RunLedger.ByModel, Model)
        : Data is not null ? (RunLedger.ByData, Data)
        : Key is not null ? (RunLedger.ByKey, RunLedger.HashOfKey(Key))
        : Commit is not null ? (RunLedger.ByCommit, Commit)
        : null;

    private static bool Starts(string? hash, string prefix) => hash?.StartsWith(prefix, StringComparison.Ordinal) == true;
}
