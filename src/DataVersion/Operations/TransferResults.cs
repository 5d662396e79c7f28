using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>Adds up the transfers of a command.</summary>
internal static class TransferResults
{
    public static TransferResult Sum(IReadOnlyList<TransferResult> results) => new(
        results.Sum(r => r.Objects), results.Sum(r => r.Bytes), results.Sum(r => r.Skipped), [.. results.SelectMany(r => r.Failed)])
    {
        Requests = results.Sum(r => r.Requests),
        Retries = results.Sum(r => r.Retries),
        Verified = results.Any(r => r.Verified is not null) ? results.Sum(r => r.Verified) : null,
        Damaged = results.Sum(r => r.Damaged),
    };
}
