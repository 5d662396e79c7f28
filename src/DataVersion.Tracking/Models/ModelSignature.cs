using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DataVersion.Objects;

namespace DataVersion.Tracking.Models;

/// <summary>
/// What a model takes and gives, and what its training data looked like: <c>signature.json</c> beside <c>model.onnx</c> (docs/models.md). The trainer writes
/// it; the server checks rows against it and measures drift by it.
/// </summary>
public sealed record ModelSignature
{
    /// <summary>The format that this version writes.</summary>
    public const string CurrentSchema = "dv.signature/1";

    /// <summary>The format of signatures with an input of type <see cref="SignatureType.Time"/>, which readers of <see cref="CurrentSchema"/> alone do not know.</summary>
    public const string TimesSchema = "dv.signature/2";

    /// <summary>The file's name.</summary>
    public const string FileName = "signature.json";

    /// <summary>The model's file beside it.</summary>
    public const string ModelFileName = "model.onnx";

    /// <summary><see cref="CurrentSchema"/>, or <see cref="TimesSchema"/>.</summary>
    public string Schema { get; set; } = CurrentSchema;

    /// <summary>SHA-256 of <c>model.onnx</c>, in hex.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>The column that was learnt.</summary>
    public required string Target { get; init; }

    /// <summary>The columns that the model takes, in the order of the graph's inputs. Each is one input of the graph of that name, of shape [N, 1].</summary>
    public required IReadOnlyList<SignatureInput> Inputs { get; init; }

    /// <summary>The graph's output: float32 of shape [N, 1], the probability of the positive class.</summary>
    public string Output { get; set; } = "probability";

    /// <summary>From this probability on a row counts as positive.</summary>
    public required double Threshold { get; init; }

    /// <summary>The model's metrics on the validation data, by name.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public IReadOnlyDictionary<string, double> Metrics { get; set; } = new Dictionary<string, double>();

    /// <summary>The bytes: the same signature always gives the same ones.</summary>
    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, SignatureJson.Readable.ModelSignature), (byte)'\n'];

    /// <summary>Reads a signature.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidFormatException">It is none, or of a format that this version does not know.</exception>
    public static ModelSignature Parse(ReadOnlySpan<byte> bytes, string name)
    {
        ModelSignature signature;
        try
        {
            signature = JsonSerializer.Deserialize(bytes, SignatureJson.Default.ModelSignature) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or System.FormatException)
        {
            throw new InvalidFormatException(name, null, "is not the signature of a model", null, ErrorKind.Corrupt, e);
        }
        if (signature.Schema is not (CurrentSchema or TimesSchema))
            throw new InvalidFormatException(name, null, $"its schema '{PathRules.Printable(signature.Schema[..Math.Min(60, signature.Schema.Length)])}' is not known to this version", "install a newer dv");
        string? twice = signature.Inputs.GroupBy(i => i.Name).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (signature.Inputs.Count == 0 || twice is not null || signature.Inputs.Any(i => i.Name.Length == 0 || (i.Type == SignatureType.Category && i.Categories.Count == 0)))
            throw new InvalidFormatException(name, null, twice is null ? "it has no inputs, or one without a name or categories" : $"input '{PathRules.Printable(twice)}' is there twice", null, ErrorKind.Corrupt);
        return signature;
    }
}

/// <summary>A column that a model takes.</summary>
public sealed record SignatureInput
{
    /// <summary>The column, and the graph's input.</summary>
    public required string Name { get; init; }

    /// <summary>What is in it.</summary>
    public required SignatureType Type { get; init; }

    /// <summary>The values that were seen, in the order of their codes; of a category only. Any other value is taken as unseen.</summary>
    public IReadOnlyList<string> Categories { get; set; } = [];

    /// <summary>What the training data looked like.</summary>
    public required SignatureStatistics Statistics { get; init; }
}

/// <summary>What a column holds.</summary>
public enum SignatureType
{
    /// <summary>Numbers: float32 in the graph; NaN where there is none.</summary>
    [JsonStringEnumMemberName("number")]
    Number,

    /// <summary>Words: a string in the graph; empty where there is none.</summary>
    [JsonStringEnumMemberName("category")]
    Category,

    /// <summary>Points in time: seconds since 1970 in UTC, float64 in the graph; NaN where there is none.</summary>
    [JsonStringEnumMemberName("time")]
    Time,
}

/// <summary>What a column of the training data looked like.</summary>
public sealed record SignatureStatistics
{
    /// <summary>Rows.</summary>
    public required long Count { get; init; }

    /// <summary>Rows without a value.</summary>
    public required long Missing { get; init; }

    /// <summary>Of numbers: the mean.</summary>
    public double? Mean { get; init; }

    /// <summary>Of numbers: the standard deviation.</summary>
    public double? StandardDeviation { get; init; }

    /// <summary>Of numbers: minimum, the nine deciles, maximum.</summary>
    public IReadOnlyList<double> Quantiles { get; set; } = [];

    /// <summary>Of categories: the share of each, in the order of <see cref="SignatureInput.Categories"/>.</summary>
    public IReadOnlyList<double> Frequencies { get; set; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n", UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ModelSignature))]
internal sealed partial class SignatureJson : JsonSerializerContext
{
    public static SignatureJson Readable => _readable ??= new SignatureJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static SignatureJson? _readable;
}
