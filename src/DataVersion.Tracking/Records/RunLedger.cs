using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Storage;

namespace DataVersion.Tracking.Records;

/// <summary>
/// The runs that a remote keeps (docs/format.md, "Runs"): documents in <c>runs/ID/</c>, and empty keys by which one listing finds a run by its
/// commit, by a data id, by the hash of a model, and by its logical run.
/// </summary>
/// <param name="documents">The remote.</param>
public sealed class RunLedger(RemoteDocuments documents)
{
    /// <summary>The empty keys by commit.</summary>
    public const string ByCommit = "by-commit";

    /// <summary>By a data id, or the digest of all data.</summary>
    public const string ByData = "by-data";

    /// <summary>By the SHA-256 of an output's file, or the id of its tree.</summary>
    public const string ByModel = "by-model";

    /// <summary>By the SHA-256 of the logical run's name.</summary>
    public const string ByKey = "by-key";

    // A model of very many files is found by its tree; each file by itself up to here.
    private const int MaxModelKeys = 100;

    /// <summary>Writes what a run is now: its documents, the record after them, then the keys that lead to it.</summary>
    /// <param name="record">As it stands.</param>
    /// <param name="bytes">The record's bytes.</param>
    /// <param name="beside">Other documents: names and contents.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task PublishAsync(
        RunRecord record, ReadOnlyMemory<byte> bytes, IReadOnlyList<(string Name, IContent Content)> beside, CancellationToken cancellationToken)
    {
        foreach ((string name, IContent content) in beside)
            await documents.WriteAsync($"{record.RunUuid}/{name}", content, WriteMode.Overwrite, cancellationToken);
        await documents.WriteAsync($"{record.RunUuid}/{DocumentNames.Record}", new BytesContent(bytes), WriteMode.Overwrite, cancellationToken);
        foreach (string key in Keys(record))
            await documents.WriteAsync($"{key}/{record.RunUuid}", new BytesContent(default), WriteMode.IfAbsent, cancellationToken);
    }

    /// <summary>Says that a run is still alive: its record alone.</summary>
    public Task RefreshAsync(RunRecord record, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        documents.WriteAsync($"{record.RunUuid}/{DocumentNames.Record}", new BytesContent(bytes), WriteMode.Overwrite, cancellationToken);

    /// <summary>A run's record; null where there is none.</summary>
    /// <exception cref="InvalidFormatException">It is damaged, or of a newer version.</exception>
    public async Task<RunRecord?> TryReadAsync(string id, CancellationToken cancellationToken) =>
        await TryReadDocumentAsync(id, DocumentNames.Record, RunRecordJson.MaxBytes, cancellationToken) is { } bytes
            ? RunRecordJson.Read(bytes, $"runs/{id}/{DocumentNames.Record}")
            : null;

    /// <summary>Another document of a run; null where there is none.</summary>
    public Task<byte[]?> TryReadDocumentAsync(string id, string document, int maxBytes, CancellationToken cancellationToken) =>
        documents.TryReadAsync($"{id}/{document}", maxBytes, cancellationToken);

    /// <summary>The ids of all runs, oldest first. One listing.</summary>
    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string suffix = $"/{DocumentNames.Record}";
        await foreach (BlobInfo blob in documents.ListAsync("", cancellationToken))
        {
            if (blob.Name.EndsWith(suffix, StringComparison.Ordinal) && blob.Name[..^suffix.Length] is var id && RunIds.IsId(id))
                yield return id;
        }
    }

    /// <summary>The ids of the runs that a key leads to; a hash may be given by its first digits. One listing.</summary>
    /// <param name="by"><see cref="ByCommit"/>, <see cref="ByData"/>, <see cref="ByModel"/> or <see cref="ByKey"/>.</param>
    /// <param name="hash">Hex digits.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="UsageException">It is no hash.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(string by, string hash, CancellationToken cancellationToken)
    {
        if (hash.Length is < 4 or > 128 || !hash.All(char.IsAsciiHexDigitLower))
            throw new UsageException($"'{PathRules.Printable(hash)}' is not a hash", "give at least four of its digits, in lower case");
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (BlobInfo blob in documents.ListAsync($"{by}/{hash}", cancellationToken))
        {
            if (blob.Name[(blob.Name.LastIndexOf('/') + 1)..] is var id && RunIds.IsId(id))
                ids.Add(id);
        }
        return [.. ids];
    }

    /// <summary>The ids of the runs whose id starts so. One listing.</summary>
    public async Task<IReadOnlyList<string>> FindByPrefixAsync(string prefix, CancellationToken cancellationToken)
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (BlobInfo blob in documents.ListAsync(prefix, cancellationToken))
        {
            if (blob.Name.Split('/')[0] is var id && RunIds.IsId(id))
                ids.Add(id);
        }
        return [.. ids];
    }

    /// <summary>The hash under which a logical run is found.</summary>
    public static string HashOfKey(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>The keys that lead to a run, without its id.</summary>
    internal static IEnumerable<string> Keys(RunRecord record)
    {
        IEnumerable<string?> commits = [record.Code?.Commit, record.Pin?.Commit];
        IEnumerable<string?> data = record.Data.Select(d => (string?)d.Hash).Append(record.DataDigest);
        IEnumerable<string> models = record.Outputs.Select(o => o.Sha256).Concat(record.Outputs.SelectMany(o => o.Files.Take(MaxModelKeys)).Select(f => f.Sha256));
        return commits.OfType<string>().Distinct().Select(c => $"{ByCommit}/{c}")
            .Concat(data.OfType<string>().Distinct().Select(d => $"{ByData}/{d}"))
            .Concat(models.Distinct().Select(m => $"{ByModel}/{m}"))
            .Concat(record.Key is { } key ? [$"{ByKey}/{HashOfKey(key)}"] : []);
    }
}
