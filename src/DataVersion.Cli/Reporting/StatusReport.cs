using DataVersion.Operations;
using DataVersion.Platform;
using DataVersion.Workspaces;

namespace DataVersion.Cli.Reporting;

/// <summary>Shows a status as Git does: in groups, each with what to do about it.</summary>
internal static class StatusReport
{
    // In this order: what needs a decision comes first.
    private static readonly PathState[] Order =
    [
        PathState.Conflict, PathState.Diverged, PathState.Modified, PathState.New, PathState.Deleted,
        PathState.Outdated, PathState.NotPulled, PathState.NotInCache, PathState.NotOnRemote, PathState.Orphaned,
    ];

    internal static void Write(ConsoleReporter reporter, StatusResult result)
    {
        if (result.Clean)
            reporter.Answer("clean: the workspace is what the pointers say");
        foreach (PathState state in Order)
        {
            List<string> paths = [.. result.Entries.Where(e => e.State == state).Select(e => e.Path)];
            if (paths.Count == 0)
                continue;
            (string name, string meaning, string[] hints) = Explain(state);
            reporter.Answer($"{reporter.Paint.Bold($"{name}:")} {meaning}");
            foreach (string hint in hints)
                reporter.Answer(reporter.Paint.Dim($"  ({hint})"));
            Listing.Capped(reporter, paths, path => reporter.Answer($"    {Colour(reporter.Paint, state, reporter.Path(path))}"), reporter.Answer);
        }
    }

    private static (string Name, string Meaning, string[] Hints) Explain(PathState state) => state switch
    {
        PathState.Conflict => ("conflict", "Git left conflict markers in the pointer",
            ["keep one side: git checkout --ours PATH.dv (or --theirs), git add PATH.dv, then dv checkout"]),
        PathState.Diverged => ("diverged", "both the data and the pointer changed",
            ["keep your data: dv add --force PATH", "take the pointer's: dv checkout --force PATH"]),
        PathState.Modified => ("modified", "changed since they were added or checked out", ["keep: dv add PATH", "undo: dv checkout --force PATH"]),
        PathState.New => ("new", "files in tracked folders that their pointers do not know", ["track: dv add PATH", "or name them in .dvignore"]),
        PathState.Deleted => ("deleted", "gone from the workspace", ["keep it so: dv add PATH", "bring back: dv checkout PATH"]),
        PathState.Outdated => ("outdated", "the pointer moved, the data did not", ["update: dv checkout PATH, or dv pull PATH where the cache lacks it"]),
        PathState.NotPulled => ("not-pulled", "tracked, but not here", ["get: dv pull PATH"]),
        PathState.NotInCache => ("not-in-cache", "the cache lacks objects that the pointers name", ["get: dv fetch PATH"]),
        PathState.NotOnRemote => ("not-on-remote", "the remote lacks objects that the pointers name", ["send: dv push PATH"]),
        PathState.Orphaned => ("orphaned", "data that no pointer names any more", ["track again: dv add PATH", "or delete them yourself"]),
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>With <c>-v</c>: where files are compared by less than elsewhere.</summary>
    internal static void WriteProbed(ConsoleReporter reporter, IReadOnlyList<ProbedFileSystem> probed)
    {
        foreach (ProbedFileSystem system in probed.Where(s => reporter.Verbose && s.Keeps != SteadyStat.All))
        {
            string lost = (system.Keeps.Inode, system.Keeps.ChangeTime) switch
            {
                (false, false) => "neither inode numbers nor change times",
                (false, _) => "no inode numbers",
                _ => "no change times",
            };
            string rest = system.Keeps.Inode ? "size, modification time and inode number" : system.Keeps.ChangeTime ? "size and times" : "size and modification time";
            reporter.Note($"{Printable.Text(system.Name)}: this file system keeps {lost}; unchanged files are known by their {rest}");
        }
    }

    private static string Colour(Paint paint, PathState state, string text) => state switch
    {
        PathState.Conflict or PathState.Diverged or PathState.Modified or PathState.Deleted => paint.Red(text),
        PathState.New => paint.Green(text),
        _ => paint.Yellow(text),
    };
}
