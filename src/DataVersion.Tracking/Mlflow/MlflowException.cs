namespace DataVersion.Tracking.Mlflow;

/// <summary>The MLflow server cannot be reached, refuses, or answers with something that is not an answer. No credential is in the message.</summary>
public sealed class MlflowException(string server, string problem, string? hint = null, Exception? inner = null)
    : DataVersionException(ErrorKind.Remote, $"MLflow '{server}': {problem}", hint, inner)
{
    /// <summary>The tracking URI, without credentials.</summary>
    public string Server { get; } = server;

    /// <summary>What is wrong, without the server.</summary>
    public string Problem { get; } = problem;

    /// <summary>The server's own code, such as <c>RESOURCE_DOES_NOT_EXIST</c>; null where it gave none.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The HTTP status; null where there was no answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>True where the same request may succeed later (408, 429, 5xx, timeout, broken connection): what was asked for may have been done.</summary>
    public bool IsTransient { get; init; }

    /// <summary>How long the server asks to wait, where it does.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True where the server refuses this user or this host (401, 403).</summary>
    public bool IsDenied => StatusCode is 401 or 403;

    /// <summary>True where what was asked for does not exist.</summary>
    public bool IsMissing => ErrorCode == "RESOURCE_DOES_NOT_EXIST";

    /// <summary>True where what was to be created is there already, perhaps deleted.</summary>
    public bool IsThere => ErrorCode == "RESOURCE_ALREADY_EXISTS";

    /// <summary>True where the run or experiment has been deleted on the server.</summary>
    internal bool IsDeleted => StatusCode == 400 && Problem.Contains("must be in the 'active' state", StringComparison.Ordinal);

    /// <summary>True where a param has another value already.</summary>
    internal bool IsParamConflict => StatusCode == 400 && Problem.Contains("Changing param values is not allowed", StringComparison.Ordinal);

    /// <summary>True where one item of a batch can be at fault, so that the others may pass without it.</summary>
    internal bool IsRefusedContent => StatusCode is 413 || (StatusCode == 400 && !IsDeleted);
}
