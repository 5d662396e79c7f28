using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>Replaces files that are links into the cache (hard or symbolic), or read-only, by writable copies of their own.</summary>
public sealed class Unprotect(Repository repository, ITransferMonitor monitor)
{
    /// <summary>Runs the command.</summary>
    public async Task<UnprotectResult> RunAsync(UnprotectRequest request, CancellationToken cancellationToken)
    {
        if (request.Paths.Count == 0)
            throw new UsageException("name the files or folders to make writable", "for example: dv unprotect data/model.bin");
        monitor.Begin(Stage.Scan);
        IReadOnlyList<Target> targets = repository.LoadOutputs(cancellationToken).Resolve(repository.Layout.Root, request.WorkingDirectory, request.Paths);
        long changed = 0;
        var failed = new List<FailedItem>();
        monitor.Begin(Stage.Place);
        foreach (Target target in targets)
        {
            string path = WorkspacePath.Join(target.Output.Path, target.Inside);
            WorkspaceNode? node = repository.ListAndTidyWorkspace(path, cancellationToken);
            if (node is null)
                failed.Add(new FailedItem(path, $"'{path}' is not in the workspace", $"dv pull {path}", ErrorKind.Missing));
            foreach ((string file, WorkspaceNode leaf) in node is null ? [] : ContentResolver.Leaves(path, node))
            {
                try
                {
                    if (IsProtected(file, leaf.Stat))
                    {
                        await CopyAsync(file, leaf.Stat.IsExecutable, cancellationToken);
                        changed++;
                    }
                }
                catch (DataVersionException e)
                {
                    failed.Add(new FailedItem(file, e.Message, e.Hint, e.Kind));
                }
            }
        }
        repository.SaveIndexQuietly(cancellationToken);
        return new UnprotectResult(changed, failed);
    }

    private bool IsProtected(string path, FileStat stat)
    {
        if (stat.Type == FileType.SymbolicLink)
            return new FileInfo(Path.Combine(repository.Layout.Root, path)).LinkTarget is { } target && repository.Cache.TryParsePath(target, out _);
        return stat.Type == FileType.File && (stat.Links > 1 || (stat.Mode & UnixFileMode.UserWrite) == 0);
    }

    private async Task CopyAsync(string path, bool executable, CancellationToken cancellationToken)
    {
        string source = Path.Combine(repository.Layout.Root, path);
        string temporary = AtomicFile.NewTemporary(Path.GetDirectoryName(source)!, repository.EnsureTempDirectory(), "unprotect");
        try
        {
            await using (FileStream from = File.OpenRead(source))
            await using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                await from.CopyToAsync(to, cancellationToken);
                RegularFile.SetMode(to.SafeFileHandle, Umask.ForFile(executable), source);
                to.Flush(flushToDisk: true);
            }
            using SafeDirectory folder = SafeDirectory.Open(repository.Layout.Root, WorkspacePath.Parent(path), create: false);
            FailPoint.Hit("unprotect.copied");
            folder.MoveInto(temporary, WorkspacePath.Name(path));
            FailPoint.Hit("unprotect.replaced");
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(source, e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
