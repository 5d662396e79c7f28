using DataVersion.Objects;

namespace DataVersion.Tracking.Processes;

/// <summary>
/// Finds the program that a shell would run for a command: in the child's search path and seen from the child's working directory, where
/// <c>posix_spawnp</c> would take ours.
/// </summary>
internal static class CommandSearch
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The program's absolute path, or why there is none.</summary>
    public static (string? Path, ChildNotStarted? Problem) Find(ChildStart start)
    {
        ChildNotStarted? problem = null;
        foreach (string candidate in Candidates(start))
        {
            if (Directory.Exists(candidate))
                problem ??= IsPath(start.FileName) ? Refuse(start, "is a folder") : null;
            else if (!File.Exists(candidate))
                continue;
            else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(candidate) & AnyExecute) == 0)
                problem ??= Refuse(start, $"'{PathRules.Printable(candidate)}' may not be executed (chmod +x)");
            else
                return (candidate, null);
        }
        return (null, problem ?? new ChildNotStarted(StartOutcome.NotFound, $"'{PathRules.Printable(start.FileName)}': command not found"));
    }

    private static ChildNotStarted Refuse(ChildStart start, string problem) =>
        new(StartOutcome.NotExecutable, $"'{PathRules.Printable(start.FileName)}': {problem}");

    private static bool IsPath(string fileName) => fileName.Contains('/') || (OperatingSystem.IsWindows() && fileName.Contains('\\'));

    private static IEnumerable<string> Candidates(ChildStart start)
    {
        IEnumerable<string> folders = IsPath(start.FileName) ? [""] : start.SearchPath?.Split(Path.PathSeparator) ?? [];
        foreach (string folder in folders)
        {
            string candidate = Path.Join(Path.Combine(start.WorkingDirectory, folder), start.FileName);
            if (IsPath(start.FileName))
                candidate = Path.Combine(start.WorkingDirectory, start.FileName);
            yield return candidate;
            if (OperatingSystem.IsWindows())
            {
                foreach (string extension in (start.Environment.GetValueOrDefault("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").Split(';'))
                    yield return candidate + extension;
            }
        }
    }
}
