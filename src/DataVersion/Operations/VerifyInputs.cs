using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>
/// Checks that the workspace holds exactly what pointers name, by identity: the last look before a trainer reads. Files that this process has just
/// placed, or that the index still vouches for, are not read again unless everything is to be.
/// </summary>
public sealed class VerifyInputs(Repository repository, ITransferMonitor monitor)
{
    // What is listed of one dataset: enough to see what happened.
    private const int MaxProblems = 20;

    private readonly List<VerifyProblem> _problems = [];
    private long _files;
    private long _bytes;

    /// <summary>Compares each input with its pointer. Files that no pointer knows count as a difference: the trainer would read them.</summary>
    /// <param name="inputs">What the workspace is to hold.</param>
    /// <param name="reread">Hash every file again, whatever the index says.</param>
    /// <param name="cancellationToken">Stops between files and inside large ones.</param>
    public async Task<VerifyResult> RunAsync(IReadOnlyList<PlacedInput> inputs, bool reread, CancellationToken cancellationToken)
    {
        monitor.Begin(Stage.Verify);
        foreach (PlacedInput input in inputs)
        {
            try
            {
                await VerifyAsync(input, reread, cancellationToken);
            }
            catch (DataVersionException e) when (e.Kind is not ErrorKind.Usage)
            {
                Report(input.Path, e.Message, e.Kind);
            }
        }
        repository.SaveIndexQuietly(cancellationToken);
        return new VerifyResult(0, 0, _files, _bytes, _problems);
    }

    private async Task VerifyAsync(PlacedInput input, bool reread, CancellationToken cancellationToken)
    {
        string path = WorkspacePath.Join(input.Path, input.Inside);
        TreeEntry root = input.Pointer.ToEntry(WorkspacePath.Name(input.Path));
        TreeEntry? wanted = input.Inside.Length == 0 ? root : await repository.LocalTrees.FindAsync(root.Id, input.Inside, cancellationToken);
        WorkspaceNode? here = repository.ListWorkspace(path, cancellationToken);
        if (here is null || wanted is null)
        {
            Report(path, wanted is null ? "is not in its pointer's tree" : "is not in the workspace", ErrorKind.Missing);
            return;
        }
        var resolver = new ContentResolver(repository.Layout.Root, repository.Index, repository.Cache)
        {
            Reread = reread,
            Planned = monitor.Planned,
            Progress = bytes =>
            {
                Interlocked.Add(ref _bytes, bytes);
                monitor.Advanced(null, bytes);
            },
            Done = () => monitor.Finished(null, ObjectOutcome.Done),
        };
        await resolver.ResolveAsync(path, here, root.Id.Kind, cancellationToken);
        _files += ContentResolver.Leaves(path, here).Count();
        await CompareAsync(wanted, here, path, cancellationToken);
    }

    private async Task CompareAsync(TreeEntry? wanted, WorkspaceNode? here, string path, CancellationToken cancellationToken)
    {
        if (_problems.Count >= MaxProblems)
            return;
        if (wanted is { IsDirectory: true } && here is { IsDirectory: true })
        {
            if ((await WorkspaceTree.ComputeAsync(here, wanted.Id.Kind, cancellationToken)).Id == wanted.Id)
                return;
            foreach (MergedRow row in await MergedRow.ReadAsync(repository.LocalTrees, wanted, null, here, path, cancellationToken))
                await CompareAsync(row.Target, row.Here, $"{path}/{row.Name}", cancellationToken);
        }
        else if (here is null)
        {
            Report(path, "is not in the workspace", ErrorKind.Missing);
        }
        else if (wanted is null)
        {
            Report(path, "is in no version that the pin names", ErrorKind.Incomplete);
        }
        else if (here.IsDirectory || !here.Content!.SameAs(wanted))
        {
            string actual = here.IsDirectory ? "a folder" : here.Content!.Id.ToString();
            Report(path, $"differs from what the pin names: {actual} instead of {wanted.Id}", ErrorKind.Corrupt);
        }
    }

    private void Report(string path, string problem, ErrorKind kind) => _problems.Add(new VerifyProblem(path, path, problem, kind));
}

/// <summary>Something that the workspace is to hold.</summary>
/// <param name="Path">The tracked path.</param>
/// <param name="Pointer">What is to lie there.</param>
/// <param name="Inside">Only this path below it; empty for all of it.</param>
public sealed record PlacedInput(string Path, Pointer Pointer, string Inside);
