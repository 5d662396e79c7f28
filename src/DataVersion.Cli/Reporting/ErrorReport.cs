namespace DataVersion.Cli.Reporting;

/// <summary>An error as it is shown: <c>kind</c> is a stable word for programs.</summary>
internal sealed record ErrorReport(string Kind, string Message, string? Hint, int ExitCode)
{
    /// <summary>Null where a stack trace would tell nothing.</summary>
    internal Exception? Exception { get; private init; }

    internal static ErrorReport From(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => From(only, cancellationToken),
        OperationCanceledException when cancellationToken.IsCancellationRequested =>
            new("interrupted", "interrupted: what was finished is kept", "run the same command again to go on", ExitCodes.Interrupted),
        DataVersionException e => Of(e.Kind, e.Message, e.Hint, e),
        OutOfMemoryException e => Of(ErrorKind.FileSystem, "not enough memory", "use fewer jobs: -j 1", e),
        IOException e => Of(ErrorKind.FileSystem, Describe(e), HintFor(e), e),
        UnauthorizedAccessException e => Of(ErrorKind.FileSystem, OneLine(e.Message), "check the permissions", e),
        _ => new("unexpected", $"unexpected {exception.GetType().Name}: {OneLine(exception.Message)}",
            "this is a fault of dv: please report it with the output of the same command and --verbose", ExitCodes.Unexpected)
        { Exception = exception },
    };

    internal static string NameOf(ErrorKind kind) => kind switch
    {
        ErrorKind.NoRepository => "no-repository",
        ErrorKind.FileSystem => "file-system",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static ErrorReport Of(ErrorKind kind, string message, string? hint, Exception exception) =>
        new(NameOf(kind), message, hint, ExitCodes.Of(kind)) { Exception = exception };

    private static string Describe(IOException e) => Classify(e) switch
    {
        Full.Disk => "no space left on the disk",
        Full.Quota => "the disk quota is used up",
        _ => OneLine(e.Message),
    };

    private static string? HintFor(IOException e) =>
        Classify(e) == Full.No ? null : "nothing half-written is kept under a real name; free some space and run the same command again";

    // On Unix HResult is the errno; 28 and 122 are Linux's ENOSPC and EDQUOT, 69 is the BSDs' EDQUOT, the last is Windows' ERROR_DISK_FULL.
    private static Full Classify(IOException e) => e.HResult switch
    {
        28 or unchecked((int)0x80070070) => Full.Disk,
        122 or 69 => Full.Quota,
        _ => Full.No,
    };

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd();

    private enum Full
    {
        No,
        Disk,
        Quota,
    }
}
