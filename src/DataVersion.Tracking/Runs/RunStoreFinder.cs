using DataVersion.Tracking.Preflight;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Where this machine keeps the records of runs: with the repository, or, where that may not be written (a container's image), in a temporary folder.</summary>
public static class RunStoreFinder
{
    /// <summary>The store that is used from here.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="temporaryDirectory">A folder for what may be lost; absolute.</param>
    /// <param name="warn">Told where it is not with the repository.</param>
    public static RunStore Find(Repository repository, string temporaryDirectory, Action<string> warn)
    {
        RunStore own = RunStore.Of(repository);
        string at = own.Folder;
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } parent)
            at = parent;
        if (WriteCheck.Check(at) is not { } problem)
            return own;
        string other = Path.Combine(temporaryDirectory, "dv-runs");
        warn($"'{own.Folder}' cannot be written ({problem}): records are kept in '{other}'");
        return new RunStore(other);
    }
}
