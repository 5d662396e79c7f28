using DataVersion.Platform;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Reproduction;

namespace DataVersion.Cli.Commands;

/// <summary>The runs that <c>dv reproduce</c> is to repeat: of an id, of a file, or all finished ones of a commit.</summary>
internal sealed class ReproduceSubjects(Repository repository, CommandContext context, RunCatalog catalog)
{
    private const int MinDigits = 4;

    /// <summary>Finds them.</summary>
    /// <param name="subject">As it was typed.</param>
    /// <param name="only">Of the runs of a commit, only this one; null for all.</param>
    /// <exception cref="UsageException">There are none.</exception>
    internal async Task<IReadOnlyList<ReproductionRequest>> FindAsync(string subject, string? only)
    {
        string file = Path.GetFullPath(subject, context.WorkingDirectory);
        if (subject.EndsWith(".json", StringComparison.Ordinal) && File.Exists(file))
            return [Alone(only, OfFile(file))];
        if (await catalog.TryGetAsync(subject, context.CancellationToken) is { } run)
            return [Alone(only, Of(run))];
        return [.. (await OfCommitAsync(subject, only)).Select(Of)];
    }

    private static ReproductionRequest Alone(string? only, ReproductionRequest request) =>
        only is null ? request : throw new UsageException("--run chooses among the runs of a commit, and one run was named already");

    private ReproductionRequest Of(RunRecord record) => new()
    {
        Original = record,
        ReadDocument = (document, maxBytes, token) => catalog.TryReadDocumentAsync(record.RunUuid, document, maxBytes, token),
    };

    // What lies beside the file belongs to it; a record that was sent alone may have the rest in this repository or on its remote.
    private ReproductionRequest OfFile(string file)
    {
        RunRecord record;
        try
        {
            if (new FileInfo(file).Length > RunRecordJson.MaxBytes)
                throw new UsageException($"'{file}': a record has at most {RunRecordJson.MaxBytes} bytes");
            record = RunRecordJson.Read(File.ReadAllBytes(file), file);
        }
        catch (InvalidFormatException e)
        {
            throw new UsageException(e.Message, e.Hint, e);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(file, e);
        }
        return new ReproductionRequest
        {
            Original = record,
            ReadDocument = async (document, maxBytes, token) =>
            {
                string beside = Path.Combine(Path.GetDirectoryName(file)!, document);
                return new FileInfo(beside) is { Exists: true } info && info.Length <= maxBytes
                    ? await File.ReadAllBytesAsync(beside, token)
                    : await catalog.TryReadDocumentAsync(record.RunUuid, document, maxBytes, token);
            },
        };
    }

    private async Task<IReadOnlyList<RunRecord>> OfCommitAsync(string revision, string? only)
    {
        string commit = repository.Layout.Git?.TryResolve(revision)
            ?? (revision.Length >= MinDigits && revision.All(char.IsAsciiHexDigitLower) ? revision : null)
            ?? throw new UsageException($"'{revision}' is neither a run, nor a commit, nor a record", "see: dv runs, git log --all --oneline");
        IReadOnlyList<RunRecord> known = await catalog.ListAsync(new RunFilter { Commit = commit }, context.CancellationToken);
        List<RunRecord> finished =
        [
            .. known.Where(r => r.Code?.Commit.StartsWith(commit, StringComparison.Ordinal) == true && r.Stage == RunStates.Complete && r.Reproduces is null)
                .OrderBy(r => r.RunUuid, StringComparer.Ordinal),
        ];
        if (finished.Count == 0)
            throw new UsageException($"no finished run of commit {commit[..Math.Min(12, commit.Length)]} is known", "see: dv runs --commit REV; runs of others are seen where a remote keeps them");
        if (only is null)
            return finished;
        List<RunRecord> chosen = [.. finished.Where(r => r.RunUuid.StartsWith(only, StringComparison.OrdinalIgnoreCase))];
        return chosen.Count == 1 ? chosen : throw new UsageException(
            chosen.Count == 0 ? $"--run: the commit has no finished run '{only}'" : $"--run: '{only}' may be any of {chosen.Count} runs",
            $"there are: {string.Join(", ", finished.Take(4).Select(r => r.RunUuid))}{(finished.Count > 4 ? " …" : "")}");
    }
}
