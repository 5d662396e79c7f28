using DataVersion.Operations;
using DataVersion.Platform;
using DataVersion.Tracking.Records;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Runs;

/// <summary>What a trainer leaves behind: hashed, recorded, with pointers where they are wanted, pushed.</summary>
internal sealed class OutputKeeper(Repository repository, RunRequest request, IRunView view)
{
    private readonly Dictionary<string, Pointer> _taken = [];
    private readonly Dictionary<string, string> _before = [];

    /// <summary>Notes what lies there before the trainer starts, so that what it did not write is not taken for its work.</summary>
    public void LookBefore()
    {
        foreach (string output in request.Outputs)
            _before[output] = Stamp(Full(output));
    }

    /// <summary>Hashes and stores the outputs, and writes their pointers.</summary>
    /// <exception cref="RunFailedException">One was not made.</exception>
    public async Task<IReadOnlyList<OutputFacts>> TakeAsync(CancellationToken cancellationToken)
    {
        var outputs = new List<OutputFacts>();
        foreach (string output in request.Outputs)
        {
            string full = Full(output);
            SnapshotResult taken = await new Snapshot(repository, view.Monitor).TakeAsync(full, cancellationToken)
                ?? throw new RunFailedException(RunExitCodes.Missing, $"--out '{output}': the trainer ended well, and made no such file or folder", "check the path, and where the trainer writes to");
            if (_before.TryGetValue(output, out string? before) && before.Length > 0 && before == Stamp(full))
                view.Warn($"output '{output}' is as it was before the run: the trainer did not write to it");
            _taken[output] = taken.Pointer;
            outputs.Add(Describe(output, full, taken));
        }
        return request.Track ? await TrackAsync(outputs, cancellationToken) : outputs;
    }

    /// <summary>Pushes what was taken.</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="cancellationToken">Stops after the objects under way.</param>
    /// <exception cref="RunFailedException">Something did not arrive.</exception>
    public async Task<Transfers.TransferResult> PushAsync(Configuration.RemoteSettings remote, CancellationToken cancellationToken)
    {
        Transfers.TransferResult result = await new RootTransfer(repository, view.Monitor)
            .PushAsync(remote, [.. _taken.Select(t => t.Value.ToRoot(Relative(t.Key)))], cancellationToken);
        return result.Failed is not [{ } failed, ..]
            ? result
            : throw new RunFailedException(failed.Kind == ErrorKind.FileSystem ? RunExitCodes.CannotWrite : RunExitCodes.Unavailable, $"the outputs were not all pushed: {failed.Error}", "they are in the cache here; push them with: dv push");
    }

    private async Task<IReadOnlyList<OutputFacts>> TrackAsync(IReadOnlyList<OutputFacts> outputs, CancellationToken cancellationToken)
    {
        AddResult added = await new Add(repository, view.Monitor).RunAsync(
            new AddRequest { Paths = [.. request.Outputs], WorkingDirectory = request.WorkingDirectory, Force = true }, cancellationToken);
        if (added.Failed is [{ } failed, ..])
            throw new RunFailedException(RunExitCodes.CannotWrite, $"--track '{failed.Path}': {failed.Error}", failed.Hint);
        Dictionary<string, string> pointers = added.Added.ToDictionary(a => a.Path, a => a.Pointer);
        return [.. outputs.Select(o => pointers.TryGetValue(o.Path, out string? pointer) ? o with { Pointer = pointer } : o)];
    }

    private OutputFacts Describe(string output, string full, SnapshotResult taken) => new()
    {
        Path = Relative(output),
        Kind = taken.Pointer.IsDirectory ? "dir" : "file",
        Sha256 = taken.Pointer.Hash.Hex,
        Blocks = taken.Pointer.BlocksId.IsEmpty ? null : taken.Pointer.BlocksId.ToString(),
        Size = taken.Pointer.Size,
        Nfiles = taken.Files.Count,
        Files = [.. taken.Files.Where(f => !f.IsLink).Take(OutputFacts.MaxFiles).Select(f => new OutputFile(f.Path, f.Id.Hex, f.Size, MediaTypes.Of(f.Path.Length == 0 ? full : f.Path)))],
    };

    private string Full(string output) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(output, request.WorkingDirectory));

    // As it is named in the record: relative to the workspace where it lies there, else as it is.
    private string Relative(string output)
    {
        string full = Full(output);
        string relative = Path.GetRelativePath(repository.Layout.Root, full).Replace(Path.DirectorySeparatorChar, '/');
        return relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? full : relative;
    }

    // Sizes and times of all that is there: enough to see that nothing was written.
    private static string Stamp(string path)
    {
        if (FileStat.TryGet(path) is not { } stat)
            return "";
        if (stat.Type != FileType.Directory)
            return $"{stat.Size} {stat.ModifiedNs} {stat.ChangedNs}";
        IEnumerable<string> files = Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true });
        var hash = new System.IO.Hashing.XxHash128();
        foreach (string file in files.Order(StringComparer.Ordinal))
            hash.Append(System.Text.Encoding.UTF8.GetBytes($"{file}\0{FileStat.TryGet(file)?.Size}\0{FileStat.TryGet(file)?.ModifiedNs}\0"));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
