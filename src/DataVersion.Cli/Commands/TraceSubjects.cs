using DataVersion.Operations;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Cli.Commands;

/// <summary>What users name when they ask for runs: files, tracked paths, pointers, commits, hashes.</summary>
internal sealed class TraceSubjects(Repository repository, CommandContext context)
{
    private const int MinDigits = 4;

    /// <summary>The full id of a commit; digits that no commit here has are taken as they are: the run may be of another clone.</summary>
    internal string Commit(string revision)
    {
        string? id = repository.Layout.Git is { } git && !IsHex(revision, 40) && !IsHex(revision, 64) ? git.TryResolve(revision) : null;
        if (id is not null)
            return id;
        return revision.Length >= MinDigits && revision.All(char.IsAsciiHexDigitLower)
            ? revision
            : throw new UsageException($"--commit: '{revision}' is not a commit here", "see: git log --all --oneline");
    }

    /// <summary>The hash of a tracked path (as its pointer says), of a pointer file, of any other file or folder (as it is now), or one that was given.</summary>
    internal async Task<string> HashAsync(string subject, string what) =>
        await TryHashAsync(subject) ?? throw new UsageException($"{what}: '{subject}' is neither a file here nor a hash", "give a path, or at least four digits of a hash");

    /// <summary>The same; null where it is neither.</summary>
    internal async Task<string?> TryHashAsync(string subject)
    {
        if (subject.StartsWith("sha256:", StringComparison.Ordinal) || subject.StartsWith("md5:", StringComparison.Ordinal) || subject.StartsWith("xxh128:", StringComparison.Ordinal))
            subject = subject[(subject.IndexOf(':', StringComparison.Ordinal) + 1)..];
        else if (TryPointer(subject) is { } pointer)
            return pointer.Hash.Hex;
        string full = Path.GetFullPath(subject, context.WorkingDirectory);
        if ((File.Exists(full) || Directory.Exists(full)) && await new Snapshot(repository, SilentMonitor.Instance).HashAsync(full, context.CancellationToken) is { } hash)
            return hash.Hex;
        return subject.Length >= MinDigits && subject.All(char.IsAsciiHexDigitLower) ? subject : null;
    }

    private Pointer? TryPointer(string subject)
    {
        string relative;
        try
        {
            relative = WorkspacePath.Relative(repository.Layout.Root, context.WorkingDirectory, subject);
        }
        catch (UsageException)
        {
            return null;
        }
        TrackedOutputs tracked = repository.LoadOutputs(context.CancellationToken);
        return (tracked.Find(relative) ?? (relative.EndsWith(Pointer.Suffix, StringComparison.Ordinal) ? tracked.Find(relative[..^Pointer.Suffix.Length]) : null))?.Pointer;
    }

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);
}
