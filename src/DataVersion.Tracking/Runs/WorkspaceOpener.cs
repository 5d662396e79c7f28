using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Platform;
using DataVersion.Tracking.Pins;

namespace DataVersion.Tracking.Runs;

/// <summary>
/// Opens the workspace that a run works in. Where there is none, and a pin says what the data are (an image that holds nothing but
/// <c>dv.pin.json</c>, or <c>--repo</c>), one is made: a <c>.dv</c> folder with the remotes that the pin names, which are trusted no more than those of
/// a repository.
/// </summary>
internal sealed class WorkspaceOpener(RunRequest request, RunHost host)
{
    /// <summary>The workspace.</summary>
    /// <exception cref="NoRepositoryException">There is none, and no pin either.</exception>
    public Repository Open(CancellationToken cancellationToken)
    {
        try
        {
            return Open();
        }
        catch (NoRepositoryException e)
        {
            if (FindPin(cancellationToken) is not { } pin)
                throw new NoRepositoryException(e.Directory, $"{e.Message}, nor a dv.pin.json there or in /app");
            Make(Path.GetDirectoryName(pin.PinFile) is { } folder && request.PinFile is null && IsAbove(folder) ? folder : request.WorkingDirectory, pin);
            return Open();
        }
    }

    /// <summary>What the pin of this run is looked for with.</summary>
    public PinRequest PinRequest(Repository? repository) => new()
    {
        WorkingDirectory = request.WorkingDirectory,
        Root = repository?.Layout.Root,
        Git = GitProgram.Find(host.Environment.ProgramSearchPath)?.With(GitToken.Read(host.Variables)),
        Revision = request.Revision,
        Repository = request.Repository,
        FetchFolder = Path.Combine(host.TemporaryDirectory, "dv-fetched"),
        PinFile = request.PinFile,
        DeclaredCommit = host.Variable("GIT_COMMIT"),
        Outputs = [.. request.Outputs, .. request.Checkpoint is { } checkpoint ? [checkpoint] : Array.Empty<string>()],
        Allowed = request.Allowed,
        Environment = EnvironmentKind.Detect(host.Variables, EnvironmentKind.ContainerFiles),
        Remotes = repository?.Settings.Remotes ?? [],
        DefaultRemote = repository?.Settings.Remote,
    };

    private Repository Open() => Repository.OpenDistrustful(request.WorkingDirectory, host.Environment, host.OpenRemote);

    private Pin? FindPin(CancellationToken cancellationToken)
    {
        if (request.Repository is not null)
        {
            // Nothing is refused here that the stage "pin" will refuse with its own words.
            PinRequest lenient = PinRequest(null) with { Allowed = new PinAllowances(true, true, true, true, true) };
            return new PinResolver(lenient).Resolve(cancellationToken).Pin;
        }
        return BakedPins.Find(PinRequest(null), null);
    }

    // The folder of a pin that was found on the way up is the project's; a pin elsewhere (/app/dv.pin.json) says nothing of where this is.
    private bool IsAbove(string folder) => request.WorkingDirectory == folder
        || request.WorkingDirectory.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static void Make(string root, Pin pin)
    {
        var config = ConfigFile.Parse([], "config");
        foreach (PinnedRemote remote in pin.Remotes)
        {
            config.Set("remote", remote.Name, "url", remote.Url);
            foreach ((string option, string value) in remote.Options)
                config.Set("remote", remote.Name, option, value);
            if (remote.IsDefault)
                config.Set("core", null, "remote", remote.Name);
        }
        string folder = Path.Combine(root, RepositoryLayout.FolderName);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(folder, e);
        }
        AtomicFile.Write(Path.Combine(folder, "config"), config.ToBytes());
    }
}
