using System.Text;
using DataVersion.Git;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Pins;

/// <summary>
/// What differs from the commit that is checked out, code and data apart. What a run itself writes counts as neither: its outputs, their pointers,
/// the lines that dv adds for them to ignore files, and baked pins.
/// </summary>
/// <param name="git">Opened for reading.</param>
/// <param name="outputs">Outputs, relative to Git's work tree, with '/'.</param>
/// <param name="pinFiles">Baked pins, likewise.</param>
internal sealed class WorkTreeState(GitRepository git, IReadOnlyList<string> outputs, IReadOnlyList<string> pinFiles)
{
    private const string IgnoreFile = ".gitignore";
    // As Git's own ignore files go; a larger one is taken for code.
    private const int MaxIgnoreFile = 1 << 20;

    /// <summary>Looks.</summary>
    internal (IReadOnlyList<GitChange> Code, IReadOnlyList<GitChange> Data) Look(CancellationToken cancellationToken)
    {
        var code = new List<GitChange>();
        var data = new List<GitChange>();
        foreach (GitChange change in git.FindChanges(cancellationToken))
        {
            string path = change.Path.TrimEnd('/');
            if (IsOutput(path) || pinFiles.Contains(path) || HasOnlyLinesOfOutputs(path, cancellationToken))
                continue;
            (IsPointer(path, cancellationToken) ? data : code).Add(change);
        }
        return (code, data);
    }

    /// <summary>The diff of the code's changes: not of pointers, and not of what a run writes.</summary>
    internal GitDiff Diff(IReadOnlyList<GitChange> data, CancellationToken cancellationToken) =>
        git.DiffHead(
            [.. outputs.SelectMany(path => (string[])[path, path + Pointer.Suffix]), .. pinFiles, .. data.Select(change => change.Path)],
            Pin.MaxDiffBytes,
            cancellationToken);

    private bool IsOutput(string path) => outputs.Any(output => WorkspacePath.IsWithin(path, output) || path == output + Pointer.Suffix);

    private bool HasOnlyLinesOfOutputs(string path, CancellationToken cancellationToken)
    {
        if (WorkspacePath.Name(path) != IgnoreFile)
            return false;
        string folder = WorkspacePath.Parent(path);
        HashSet<string> own = [.. outputs.Where(output => output.Length > 0 && WorkspacePath.Parent(output) == folder)
            .Select(output => Encoding.UTF8.GetString(GitIgnoreFile.LineFor(WorkspacePath.Name(output))))];
        if (own.Count == 0)
            return false;
        byte[] before = git.ReadAt("HEAD", path, MaxIgnoreFile, cancellationToken) ?? [];
        return ReadFile(path) is { } now && Lines(before).Where(line => !own.Contains(line)).SequenceEqual(Lines(now).Where(line => !own.Contains(line)));
    }

    private bool IsPointer(string path, CancellationToken cancellationToken)
    {
        if (!path.EndsWith(Pointer.Suffix, StringComparison.Ordinal) || WorkspacePath.Name(path) == Pointer.Suffix)
            return false;
        return TrackedOutputs.IsPointer(git.WorkTree, path)
            || (git.ReadAt("HEAD", path, Pointer.MaxBytes, cancellationToken) is { } before && PointerDocument.LooksLikePointer(before));
    }

    private byte[]? ReadFile(string path)
    {
        string full = Path.Combine(git.WorkTree, path);
        try
        {
            return new FileInfo(full) is { Exists: true, LinkTarget: null, Length: <= MaxIgnoreFile } ? File.ReadAllBytes(full) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(full, e.Message, null, e);
        }
    }

    private static IEnumerable<string> Lines(byte[] bytes) =>
        Encoding.UTF8.GetString(bytes).Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0);
}
