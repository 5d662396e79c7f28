namespace DataVersion.Tracking.Processes;

/// <summary>
/// What is to be started. Standard input, output and error are the ones of this program: the child writes straight to where we write.
/// </summary>
/// <param name="FileName">The command: a path, if it contains a '/', else a name that is looked up in <paramref name="SearchPath"/>.</param>
/// <param name="Arguments">Its arguments, without the command itself; passed on unchanged.</param>
/// <param name="WorkingDirectory">An absolute path; relative commands and relative folders of the search path are seen from here.</param>
/// <param name="Environment">All variables of the child: nothing is added to them, nothing is inherited.</param>
/// <param name="SearchPath">The folders to look in, in the form of <c>PATH</c>; null where only paths are accepted.</param>
/// <param name="NewProcessGroup">
/// True to make the child the leader of its own process group, so that a signal reaches all that it started. False at an interactive terminal, which
/// itself sends Ctrl-C to every process of its foreground group, and lets no other group read.
/// </param>
public sealed record ChildStart(
    string FileName,
    IReadOnlyList<string> Arguments,
    string WorkingDirectory,
    IReadOnlyDictionary<string, string> Environment,
    string? SearchPath,
    bool NewProcessGroup)
{
    /// <summary>Refuses what no system can pass on: NUL anywhere, a variable without a name or with '=' in it.</summary>
    /// <exception cref="UsageException">Something of the kind is there.</exception>
    internal void Validate()
    {
        if (FileName.Length == 0)
            throw new UsageException("the command is empty", "name it after '--'");
        if (FileName.Contains('\0') || WorkingDirectory.Contains('\0') || Arguments.Any(a => a.Contains('\0')))
            throw new UsageException("the command has a NUL character in it, which no program can be given");
        if (!Path.IsPathFullyQualified(WorkingDirectory))
            throw new UsageException($"the working directory '{WorkingDirectory}' is not an absolute path");
        foreach ((string name, string value) in Environment)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
                throw new UsageException("an environment variable for the command has an impossible name (empty, or with '=' or NUL in it)");
            if (value.Contains('\0'))
                throw new UsageException($"the environment variable '{name}' has a NUL character in it, which no program can be given");
        }
    }
}
