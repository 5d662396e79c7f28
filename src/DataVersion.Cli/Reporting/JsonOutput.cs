using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DataVersion.Operations;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>What <c>--json</c> prints. Operations' results are printed as they are; these are the shapes that others parse, so tests pin every name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(PathStateConverter), typeof(ErrorKindConverter), typeof(CheckOutcomeConverter), typeof(DifferenceKindConverter), typeof(DoctorStateConverter), typeof(GpuReportConverter)])]
[JsonSerializable(typeof(AddOutput))]
[JsonSerializable(typeof(StatusResult))]
[JsonSerializable(typeof(CheckoutResult))]
[JsonSerializable(typeof(TransferOutput))]
[JsonSerializable(typeof(VerifyResult))]
[JsonSerializable(typeof(InitResult))]
[JsonSerializable(typeof(UnprotectResult))]
[JsonSerializable(typeof(ProgramVersion))]
[JsonSerializable(typeof(RootOutput))]
[JsonSerializable(typeof(ConfigOutput))]
[JsonSerializable(typeof(ConfigListOutput))]
[JsonSerializable(typeof(RemoteListOutput))]
[JsonSerializable(typeof(RemoteTestResult))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(RunListOutput))]
[JsonSerializable(typeof(RunDiffOutput))]
[JsonSerializable(typeof(RunSyncOutput))]
[JsonSerializable(typeof(TraceOutput))]
[JsonSerializable(typeof(ReproduceOutput))]
[JsonSerializable(typeof(ExportOutput))]
[JsonSerializable(typeof(ModelListOutput))]
[JsonSerializable(typeof(ModelShowOutput))]
[JsonSerializable(typeof(ModelPromotionOutput))]
[JsonSerializable(typeof(DoctorOutput))]
[JsonSerializable(typeof(PinOutput))]
[JsonSerializable(typeof(ListedOutput))]
[JsonSerializable(typeof(ListingEnd))]
[JsonSerializable(typeof(ErrorOutput))]
internal sealed partial class JsonOutput : JsonSerializerContext
{
    /// <summary>The context to use: it leaves non-ASCII names readable, since this is never put into a web page.</summary>
    internal static JsonOutput Relaxed => _relaxed ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // Not an initialiser: the order of those in two files of one class is not defined, and Default's is in the generated one.
    private static JsonOutput? _relaxed;
}

internal sealed class PathStateConverter() : JsonStringEnumConverter<PathState>(JsonNamingPolicy.KebabCaseLower);

internal sealed class ErrorKindConverter() : JsonStringEnumConverter<ErrorKind>(JsonNamingPolicy.KebabCaseLower);

internal sealed class CheckOutcomeConverter() : JsonStringEnumConverter<CheckOutcome>(JsonNamingPolicy.KebabCaseLower);

internal sealed class DifferenceKindConverter() : JsonStringEnumConverter<DifferenceKind>(JsonNamingPolicy.KebabCaseLower);

/// <summary>What was added; <c>failed</c> is there only where something failed.</summary>
internal sealed record AddOutput(
    IReadOnlyList<AddedOutput> Added, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FailedOutput>? Failed)
{
    internal static AddOutput Of(AddResult result) => new(
        [.. result.Added.Select(a => new AddedOutput(a.Path, a.Pointer, a.Hash, a.Size, a.Files))],
        result.Failed.Count == 0 ? null : [.. result.Failed.Select(f => new FailedOutput(null, f.Path, f.Error))]);
}

internal sealed record AddedOutput(string Path, string Pointer, string Hash, long Size, long Files);

/// <summary>What was moved. A pull's failures are also the paths that it did not place; those name no object.</summary>
internal sealed record TransferOutput(long Objects, long Bytes, long Skipped, IReadOnlyList<FailedOutput> Failed, long Requests, long Retries)
{
    /// <summary>Only with <c>--shard</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ShardOutput? Shard { get; init; }

    /// <summary>Only with <c>push --verify</c>: objects read back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Verified { get; init; }

    /// <summary>Only with <c>push --verify</c>: those that were not what their names say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Damaged { get; init; }

    internal static TransferOutput Of(TransferResult result) => new(
        result.Objects, result.Bytes, result.Skipped, [.. result.Failed.Select(f => new FailedOutput(f.Id, f.Path, f.Error) { Hint = f.Hint })], result.Requests, result.Retries)
    {
        Shard = result.Shard is { } part ? ShardOutput.Of(part) : null,
        Verified = result.Verified,
        Damaged = result.Verified is null ? null : result.Damaged,
    };

    internal static TransferOutput Of(PullResult result)
    {
        TransferOutput transfer = Of(result.Transfer);
        return transfer with { Failed = [.. transfer.Failed, .. result.Checkout.Refused.Select(r => new FailedOutput(null, r.Path, r.Error))] };
    }
}

/// <summary>A part of the files, and what it is a part of.</summary>
internal sealed record ShardOutput(int Index, int Count, long Files, long Bytes, long AllFiles, long AllBytes)
{
    internal static ShardOutput Of(ShardPlan part) => new(part.Shard.Index, part.Shard.Count, part.Files, part.Bytes, part.AllFiles, part.AllBytes);
}

internal sealed record FailedOutput(string? Id, string? Path, string Error)
{
    /// <summary>What to do about it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hint { get; init; }
}

/// <summary>The pin that was written.</summary>
internal sealed record PinOutput(string File, string Commit, string? Branch, IReadOnlyList<string> Tags, bool Dirty, int Items, long Bytes, string Sha256)
{
    internal static PinOutput Of(MadePin made) => new(
        made.File, made.Pin.DataCommit, made.Pin.CodeBranch, made.Pin.CodeTags, made.Pin.Dirty, made.Pin.Items.Count, made.Pin.Size, made.Sha256);
}

internal sealed record RootOutput(string Root);

internal sealed record ErrorOutput(ErrorReport Error);
