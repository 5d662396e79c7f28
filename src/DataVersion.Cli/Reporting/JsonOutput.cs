using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Reporting;

/// <summary>What <c>--json</c> prints. Operations' results are printed as they are; these are the shapes that others parse, so tests pin every name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(PathStateConverter), typeof(ErrorKindConverter)])]
[JsonSerializable(typeof(AddResult))]
[JsonSerializable(typeof(StatusResult))]
[JsonSerializable(typeof(CheckoutResult))]
[JsonSerializable(typeof(TransferResult))]
[JsonSerializable(typeof(PullOutput))]
[JsonSerializable(typeof(VerifyResult))]
[JsonSerializable(typeof(InitResult))]
[JsonSerializable(typeof(UnprotectResult))]
[JsonSerializable(typeof(ProgramVersion))]
[JsonSerializable(typeof(RootOutput))]
[JsonSerializable(typeof(ConfigOutput))]
[JsonSerializable(typeof(ConfigListOutput))]
[JsonSerializable(typeof(RemoteListOutput))]
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

/// <summary>A transfer's result with that of the checkout beside it.</summary>
internal sealed record PullOutput(long Objects, long Bytes, long Skipped, IReadOnlyList<FailedTransfer> Failed, CheckoutResult Checkout)
{
    internal static PullOutput Of(PullResult result) => new(
        result.Transfer.Objects, result.Transfer.Bytes, result.Transfer.Skipped, result.Transfer.Failed, result.Checkout);
}

internal sealed record RootOutput(string Root);

internal sealed record ErrorOutput(ErrorReport Error);
