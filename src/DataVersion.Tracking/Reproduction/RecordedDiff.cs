using System.Security.Cryptography;
using System.Text;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Reproduction;

/// <summary>The uncommitted code of a run, as far as it was kept.</summary>
/// <param name="Diff">What to apply; null for nothing.</param>
/// <param name="NotKept">Files that were not in Git then: only their names are known.</param>
/// <param name="Obstacle">Why the code cannot be had again; null where it can.</param>
internal sealed record RecordedDiff(byte[]? Diff, IReadOnlyList<string> NotKept, ReproductionObstacle? Obstacle)
{
    // Redacted text may be a little longer than the diff was.
    private const int MaxBytes = 2 * Pin.MaxDiffBytes;

    private const string Remedy = "commit the code that a run uses, to be able to repeat it";

    /// <summary>What was kept, as differences for the verdict.</summary>
    public IEnumerable<RecordDifference> Lost => NotKept.Select(path => new RecordDifference(DifferenceKind.Code, $"untracked {path}", "there (not kept)", null));

    /// <summary>Reads and checks it.</summary>
    /// <param name="request">The run.</param>
    /// <param name="git">A repository that has the run's commit.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<RecordedDiff> ReadAsync(ReproductionRequest request, GitRepository git, CancellationToken cancellationToken)
    {
        CodeFacts code = request.Original.Code!;
        if (!code.Dirty)
            return new RecordedDiff(null, [], null);
        byte[]? diff = null;
        IReadOnlyList<string> inDiff = [];
        if (code.DiffSha256 is { } hash)
        {
            diff = await request.ReadDocument(DocumentNames.Diff, MaxBytes, cancellationToken);
            if (diff is null)
                return Lost("its code was not all committed, and the diff is not beside its record");
            if (Convert.ToHexStringLower(SHA256.HashData(diff)) != hash)
                return Lost($"its code was not all committed, and the diff beside its record is not the one that it names (sha256:{hash})");
            if (diff.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Redactor.Mark)) >= 0)
                return Lost("its code was not all committed, and secrets were taken out of the diff");
            if (git.TryListDiff(diff, cancellationToken) is not { } listed)
                return Lost("its code was not all committed, and the diff was not kept whole (too large, or binary files)");
            inDiff = listed;
        }
        List<string> others = [.. code.Changed.Where(c => !inDiff.Contains(c))];
        string[] tracked = [.. others.Where(path => IsInCommit(git, code.Commit, path, cancellationToken))];
        if (tracked.Length > 0)
            return Lost($"its code was not all committed, and of '{PathRules.Printable(tracked[0])}' no diff was kept");
        HashSet<string> named = [.. request.Original.Train.Command.Select(a => Normal(request.Original.Train.WorkingDirectory, a)).OfType<string>()];
        return others.Find(named.Contains) is { } needed
            ? Lost($"its command names '{PathRules.Printable(needed)}', which was not in Git")
            : new RecordedDiff(diff, others, null);

        static RecordedDiff Lost(string problem) => new(null, [], new ReproductionObstacle(problem, Remedy));
    }

    private static bool IsInCommit(GitRepository git, string commit, string path, CancellationToken cancellationToken)
    {
        try
        {
            return git.ReadAt(commit, path.TrimEnd('/'), Array.MaxLength, cancellationToken) is not null;
        }
        catch (UnsafePathException)
        {
            return false;
        }
    }

    private static string? Normal(string folder, string argument) =>
        argument.Length == 0 || !RecordObstacles.IsInside(folder, argument) ? null : Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", folder, argument)));
}
