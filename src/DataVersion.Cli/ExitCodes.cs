namespace DataVersion.Cli;

/// <summary>The exit codes: the one place where errors become numbers. docs/commands/exit-codes.md is generated from here.</summary>
internal static class ExitCodes
{
    internal const int Done = 0;
    internal const int Differences = 1;
    internal const int Usage = 2;
    internal const int Incomplete = 3;
    internal const int Missing = 4;
    internal const int Corrupt = 5;
    internal const int Remote = 6;
    internal const int NoRepository = 10;
    internal const int Locked = 11;
    internal const int Unexpected = 70;
    internal const int GpuUnavailable = 72;
    internal const int Interrupted = 130;
    internal const int Terminated = 143;

    internal static IReadOnlyList<int> All { get; } =
        [Done, Differences, Usage, Incomplete, Missing, Corrupt, Remote, NoRepository, Locked, Unexpected, GpuUnavailable, Interrupted, Terminated];

    internal static int Of(ErrorKind kind) => kind switch
    {
        ErrorKind.Usage => Usage,
        ErrorKind.Incomplete => Incomplete,
        ErrorKind.FileSystem => Incomplete,
        ErrorKind.Missing => Missing,
        ErrorKind.Corrupt => Corrupt,
        ErrorKind.Remote => Remote,
        ErrorKind.NoRepository => NoRepository,
        ErrorKind.Locked => Locked,
        _ => Unexpected,
    };

    /// <summary>
    /// The code of a command that finished with failures: the gravest of corrupt, missing, remote; else 3.
    /// Where nothing at all was done and everything failed alike, the code of that kind.
    /// </summary>
    internal static int OfFailures(IEnumerable<ErrorKind> failures, bool anythingDone)
    {
        List<ErrorKind> kinds = [.. failures.Distinct()];
        if (kinds.Count == 0)
            return Done;
        foreach (ErrorKind grave in (ReadOnlySpan<ErrorKind>)[ErrorKind.Corrupt, ErrorKind.Missing, ErrorKind.Remote])
            if (kinds.Contains(grave))
                return Of(grave);
        return kinds.Count == 1 && !anythingDone ? Of(kinds[0]) : Incomplete;
    }

    internal static string Describe(int code) => code switch
    {
        Done => "done",
        Differences => "only with --exit-code: there are differences",
        Usage => "wrong usage or configuration, or a pointer that is malformed, in conflict or too new",
        Incomplete => "finished, but some items failed or were refused (an edit that would be lost)",
        Missing => "an object is missing",
        Corrupt => "an object is corrupt",
        Remote => "a remote cannot be reached or denies access",
        NoRepository => "not in a dv repository",
        Locked => "another process holds a lock",
        Unexpected => "an unexpected error",
        GpuUnavailable => "no usable GPU, and one was required (dv run, dv doctor --require-gpu)",
        Interrupted => "interrupted (Ctrl-C)",
        Terminated => "terminated (SIGTERM)",
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };
}
