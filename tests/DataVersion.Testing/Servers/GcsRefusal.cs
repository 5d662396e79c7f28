namespace DataVersion.Testing.Servers;

/// <summary>A request that is refused, as the service words it.</summary>
internal sealed class GcsRefusal(int status, string reason, string message, int? retryAfterSeconds = null, string? page = null) : Exception(message)
{
    public int Status => status;

    public string Reason => reason;

    public int? RetryAfterSeconds => retryAfterSeconds;

    /// <summary>A web page in place of JSON.</summary>
    public string? Page => page;

    public static GcsRefusal NoBucket() => new(404, "notFound", "The specified bucket does not exist.");

    public static GcsRefusal NoObject(string bucket, string name) => new(404, "notFound", $"No such object: {bucket}/{name}");

    public static GcsRefusal Precondition() => new(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");

    public static GcsRefusal Invalid(string message) => new(400, "invalid", message);
}
