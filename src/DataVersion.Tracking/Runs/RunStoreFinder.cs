using DataVersion.Tracking.Preflight;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Where this machine keeps the record of a run: with the repository, or, where that may not be written (a container's image), in the temporary folder.</summary>
internal static class RunStoreFinder
{
    public static RunStore Find(Repository repository, RunRequest request, RunHost host, IRunView view)
    {
        if (request.RunsFolder is { } named)
            return new RunStore(named);
        RunStore own = RunStore.Of(repository);
        string at = own.Folder;
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } parent)
            at = parent;
        if (WriteCheck.Check(at) is not { } problem)
            return own;
        string other = Path.Combine(host.TemporaryDirectory, "dv-runs");
        view.Warn($"'{own.Folder}' cannot be written ({problem}): the record is kept in '{other}'");
        return new RunStore(other);
    }
}
