using System.Text;
using DataVersion.Caching;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Platform;
using DataVersion.Tracking.Preflight;
using DataVersion.Workspaces;

namespace DataVersion.Cli.Commands;

/// <summary>Looks at everything that dv stands on here, one thing after the other; what cannot be looked at is a finding, not an error.</summary>
internal sealed class Doctor(CommandContext context)
{
    private const long LittleSpace = 1L << 30;

    /// <summary>All checks, in the order in which they are shown.</summary>
    internal IReadOnlyList<DoctorCheck> Run(GpuReport gpu, bool requireGpu)
    {
        List<DoctorCheck> checks = [Version(), .. Guarded("git", Git), .. Guarded("user config", UserConfig), .. Guarded("repository", Repository)];
        checks.Add(Gpu(gpu, requireGpu));
        return checks;
    }

    /// <summary>The GPU in one line. That there is none, or that it is hidden, is nobody's mistake, unless one is required.</summary>
    internal static DoctorCheck Gpu(GpuReport gpu, bool required)
    {
        GpuVerdict verdict = gpu.Verdict;
        DoctorState state = verdict.Cause switch
        {
            GpuCause.None => verdict.Level == GpuLevel.Ok ? DoctorState.Ok : DoctorState.Warning,
            _ when required => DoctorState.Problem,
            GpuCause.NoDriver or GpuCause.DevicesHidden => DoctorState.Ok,
            // The host's GPU may well be meant for others.
            GpuCause.NoDevice => DoctorState.Warning,
            _ => DoctorState.Problem,
        };
        GpuWarning? worth = verdict.Warnings.Count > 0 ? verdict.Warnings[0] : null;
        bool inOrder = state == DoctorState.Ok;
        return verdict is { Level: GpuLevel.Warn, Hint: null } && worth is not null
            ? new DoctorCheck("gpu", state, $"{verdict.Reason}; {worth.Text}", worth.Hint)
            : new DoctorCheck("gpu", state, gpu.IsUsable || !inOrder ? verdict.Reason : $"{verdict.Reason}: trainers use the CPU", inOrder ? null : verdict.Hint);
    }

    private static DoctorCheck Version()
    {
        ProgramVersion version = ProgramVersion.Current;
        return new DoctorCheck("dv", DoctorState.Ok, $"{version.Version}{(version.Commit is null ? "" : $" ({version.Commit[..Math.Min(12, version.Commit.Length)]})")}, {version.Runtime} on {version.Os}");
    }

    private IEnumerable<DoctorCheck> Git()
    {
        if (GitProgram.Find(context.Environment.ProgramSearchPath) is not { } program)
        {
            yield return new DoctorCheck("git", DoctorState.Warning, "the git program is not on the PATH",
                "dv works without it, but not with SHA-256, reftable, sparse, partial or shallow repositories");
            yield break;
        }
        GitResult result = program.Run(context.WorkingDirectory, ["--version"], default, context.CancellationToken);
        yield return result.ExitCode == 0
            ? new DoctorCheck("git", DoctorState.Ok, $"{Encoding.UTF8.GetString(result.Output).Trim()} ({program.Path})")
            : new DoctorCheck("git", DoctorState.Problem, $"{program.Path} fails: {result.Reason}", "repair Git, or take it off the PATH");
    }

    private IEnumerable<DoctorCheck> UserConfig()
    {
        if (context.Environment.UserConfigDirectory is not { } directory)
        {
            yield return new DoctorCheck("user config", DoctorState.Warning, "there is no home folder, and so no configuration of the user's own",
                "set HOME or XDG_CONFIG_HOME if remotes are to be trusted from here");
            yield break;
        }
        string file = Path.Combine(directory, "config");
        byte[]? bytes = ConfigDisk.TryRead(ConfigDisk.FollowLinks(file), ConfigFile.MaxLength);
        if (bytes is not null)
            _ = ConfigFile.Parse(bytes, file);
        yield return new DoctorCheck("user config", DoctorState.Ok, bytes is null ? $"none ({file})" : file);
    }

    private IEnumerable<DoctorCheck> Repository()
    {
        Repository repository;
        try
        {
            repository = context.OpenUnchecked();
        }
        catch (NoRepositoryException)
        {
            return [new DoctorCheck("repository", DoctorState.Ok, "none here: only the machine was looked at")];
        }
        using (repository)
        {
            string git = repository.Layout.Git is { } found ? $"in Git's {found.WorkTree}" : "without Git";
            return
            [
                new DoctorCheck("repository", DoctorState.Ok, $"{repository.Layout.Root}, {git}"),
                .. Guarded("settings", () => Settings(repository)),
                .. Guarded("remote", () => Remote(repository)),
                .. Guarded("cache", () => Cache(repository)),
                .. Guarded("state", () => State(repository)),
                .. Guarded("files", () => FileSystems(repository)),
            ];
        }
    }

    private static List<DoctorCheck> Settings(Repository repository)
    {
        IReadOnlyList<IgnoredValue> ignored = repository.Settings.Ignored;
        return ignored.Count == 0
            ? [new DoctorCheck("settings", DoctorState.Ok, "all are in force")]
            : [.. ignored.Select(i => new DoctorCheck("settings", DoctorState.Warning, i.Message, i.Remedy))];
    }

    private static IEnumerable<DoctorCheck> Remote(Repository repository)
    {
        if (repository.Settings.Remotes.Count == 0)
        {
            yield return new DoctorCheck("remote", DoctorState.Warning, "there is none: nothing can be pushed or pulled", "dv remote add NAME URL");
            yield break;
        }
        RemoteSettings remote = repository.Settings.RequireRemote(null);
        yield return new DoctorCheck("remote", DoctorState.Ok, $"{remote.Name} is the default one");
    }

    private static IEnumerable<DoctorCheck> Cache(Repository repository)
    {
        string directory = repository.Settings.CacheDirectory ?? repository.Layout.DefaultCacheDirectory;
        string kinds = string.Join(", ", repository.Settings.Links.Select(l => l.ToString().ToLowerInvariant()));
        SpaceResult space = SpaceCheck.Check(directory, LittleSpace);
        string free = space.FreeBytes is { } bytes ? $", {Sizes.Bytes(bytes)} free" : "";
        string text = $"{directory}, links: {kinds}{free}";
        yield return WriteCheck.Check(directory) is { } reason
            ? new DoctorCheck("cache", DoctorState.Problem, $"cannot be written: {reason}", "mend that, or choose another folder: dv config cache.dir DIR --local")
            : space.IsEnough ? new DoctorCheck("cache", DoctorState.Ok, text)
            : new DoctorCheck("cache", DoctorState.Warning, $"{text}: the disk is nearly full", "make room, or move the cache: dv config cache.dir DIR --local");
        if (LinkProbe.Run(directory, repository.Layout.Root) is { } probe)
            yield return Links(repository.Settings.Links, probe);
    }

    private static DoctorCheck Links(IReadOnlyList<LinkKind> wanted, LinkProbe probe)
    {
        string place = probe.SameFileSystem ? "cache and workspace lie on one file system" : "cache and workspace lie on two file systems";
        LinkKind used = wanted.FirstOrDefault(probe.Allows, LinkKind.Copy);
        string name = used.ToString().ToLowerInvariant();
        if (used != LinkKind.Copy)
            return new DoctorCheck("links", DoctorState.Ok, $"{place}; files are placed by {name}");
        List<LinkKind> better = [.. new[] { LinkKind.Hardlink, LinkKind.Symlink }.Where(probe.Allows)];
        string text = $"{place}; files are copied, and take their space twice";
        return new DoctorCheck("links", DoctorState.Ok, text, better.Count == 0
            ? null
            : $"to save the space, with files that are read-only: dv config cache.link {better[0].ToString().ToLowerInvariant()},copy --local");
    }

    private static IEnumerable<DoctorCheck> State(Repository repository)
    {
        string directory = repository.Layout.StateDirectory;
        yield return WriteCheck.Check(directory) is { } reason
            ? new DoctorCheck("state", DoctorState.Warning, $"cannot be written: {reason}",
                "dv can look and pull to elsewhere, but neither add nor remember which files are unchanged")
            : new DoctorCheck("state", DoctorState.Ok, directory);
    }

    private IEnumerable<DoctorCheck> FileSystems(Repository repository)
    {
        // A file system is met by looking at anything on it: one file does, where a folder would be walked.
        string root = repository.Layout.Root;
        ulong? device = FileStat.TryGet(root)?.Device;
        IEnumerable<string> others = Directory.EnumerateDirectories(root).Where(d => FileStat.TryGet(d) is { Type: FileType.Directory } stat && stat.Device != device)
            .Select(d => Directory.EnumerateFiles(d).FirstOrDefault()).OfType<string>();
        foreach (string file in others.Prepend(repository.Layout.ConfigFile))
            _ = repository.ListWorkspace(Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'), context.CancellationToken);
        List<ProbedFileSystem> unsteady = [.. repository.ProbedFileSystems.Where(s => s.Keeps != SteadyStat.All)];
        if (unsteady.Count == 0)
            yield return new DoctorCheck("files", DoctorState.Ok, "the file systems keep inode numbers and change times");
        foreach (ProbedFileSystem system in unsteady)
        {
            string lost = system.Keeps switch { { Inode: false, ChangeTime: false } => "inode numbers and change times", { Inode: false } => "inode numbers", _ => "change times" };
            yield return new DoctorCheck("files", DoctorState.Warning, $"{system.Name} does not keep {lost}: an edit that restores a file's size and time is not seen",
                "after such edits: dv verify");
        }
    }

    /// <summary>An error ends only the check that met it.</summary>
    private static List<DoctorCheck> Guarded(string name, Func<IEnumerable<DoctorCheck>> check)
    {
        var done = new List<DoctorCheck>();
        try
        {
            foreach (DoctorCheck one in check())
                done.Add(one);
        }
        catch (DataVersionException e)
        {
            done.Add(new DoctorCheck(name, DoctorState.Problem, e.Message, e.Hint));
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            done.Add(new DoctorCheck(name, DoctorState.Problem, e.Message.ReplaceLineEndings(" "), "check the permissions"));
        }
        return done;
    }
}
