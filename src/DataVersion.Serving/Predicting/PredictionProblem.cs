namespace DataVersion.Serving.Predicting;

/// <summary>A request that cannot be answered, and why: what a problem document says (RFC 9457).</summary>
/// <param name="status">HTTP status.</param>
/// <param name="title">What kind of problem, in few words.</param>
/// <param name="detail">What is wrong, in one line.</param>
/// <param name="pointer">JSON pointer (RFC 6901) to the value at fault; null where it is none of one value.</param>
internal sealed class PredictionProblem(int status, string title, string detail, string? pointer = null) : Exception(detail)
{
    internal int Status => status;

    internal string Title => title;

    internal string Detail => Message;

    internal string? Pointer => pointer;

    /// <summary>A field of a row.</summary>
    internal static PredictionProblem OfField(int? row, string field, string title, string detail)
    {
        string place = row is { } index ? $"/rows/{index.ToString(System.Globalization.CultureInfo.InvariantCulture)}" : "";
        string name = field.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
        return new PredictionProblem(400, title, detail, $"{place}/{name}");
    }
}
