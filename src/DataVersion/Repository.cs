using DataVersion.Caching;
using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Storage;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion;

/// <summary>Opens the store of a remote, which counts its requests on <paramref name="meter"/>; nothing is asked of it yet.</summary>
public delegate IBlobStore RemoteOpener(RemoteSettings remote, RequestMeter meter);

/// <summary>One workspace with its settings, cache and memory: what operations work on. Parts are loaded when they are first used.</summary>
public sealed class Repository : IDisposable
{
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(60);

    private readonly HostEnvironment _host;
    private readonly RemoteOpener _openRemote;
    private readonly Lazy<LocalCache> _cache;
    private readonly Lazy<LocalCache> _copyingCache;
    private readonly Lazy<FileIndex> _index;
    private readonly Lazy<FolderIndex> _folders;
    private readonly Lazy<IgnoreRules> _ignoreRules;
    private readonly Lazy<StatMemory> _statMemory;
    private IDisposable? _cacheHold;
    private bool _distrustsCache;

    private Repository(RepositoryLayout layout, HostEnvironment host, RemoteOpener openRemote, ConfigStore config)
    {
        Layout = layout;
        _host = host;
        _openRemote = openRemote;
        Config = config;
        _cache = new Lazy<LocalCache>(OpenCache);
        _copyingCache = new Lazy<LocalCache>(() => Cache.WithLinks([LinkKind.Reflink, LinkKind.Copy]));
        _index = new Lazy<FileIndex>(() => FileIndex.Load(layout.IndexFile));
        _folders = new Lazy<FolderIndex>(() => FolderIndex.Load(layout.FoldersFile));
        _ignoreRules = new Lazy<IgnoreRules>(() => IgnoreRules.Load(layout.Root));
        _statMemory = new Lazy<StatMemory>(() => new StatMemory(Index, layout.TempDirectory));
        Base = new WorkspaceBase(layout.BaseFile);
    }

    /// <summary>Where everything lies.</summary>
    public RepositoryLayout Layout { get; }

    /// <summary>The configuration files.</summary>
    public ConfigStore Config { get; }

    /// <summary>The settings in force.</summary>
    public Settings Settings => Config.Settings;

    /// <summary>The local cache. A process that uses it keeps a collector out.</summary>
    public LocalCache Cache => _cache.Value;

    /// <summary>The same cache for files that stay their owner's: taken in by cloning or copying, never by a link that would make them read-only.</summary>
    internal LocalCache CopyingCache => _copyingCache.Value;

    /// <summary>Memory of what files hold.</summary>
    public FileIndex Index => _index.Value;

    /// <summary>Memory of what folders hold.</summary>
    public FolderIndex Folders => _folders.Value;

    /// <summary>What was last placed or added.</summary>
    public WorkspaceBase Base { get; }

    /// <summary>The rules of <c>.dvignore</c>.</summary>
    public IgnoreRules IgnoreRules => _ignoreRules.Value;

    /// <summary>File systems under the workspace, met so far, whose stats had to be probed, and what they keep.</summary>
    public IReadOnlyList<ProbedFileSystem> ProbedFileSystems => _statMemory.Value.Probed;

    /// <summary>The clock.</summary>
    public TimeProvider Clock => _host.Clock;

    /// <summary>A reader of the cache's trees for one walk through a dataset.</summary>
    public TreeReader LocalTrees =>
        new((id, token) => Cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token)) { Budget = new TreeBudget() };

    /// <summary>Opens the repository that <paramref name="workingDirectory"/> is in.</summary>
    /// <exception cref="NoRepositoryException">There is none.</exception>
    /// <exception cref="UnsafePathException">Its local state came with the repository, or is a link.</exception>
    public static Repository Open(string workingDirectory, HostEnvironment host, RemoteOpener openRemote)
    {
        RepositoryLayout layout = RepositoryLayout.Find(workingDirectory, host.ProgramSearchPath);
        CheckState(layout);
        return new Repository(layout, host, openRemote, new ConfigStore(ConfigOptions(layout, workingDirectory, host)));
    }

    /// <summary>The same for commands that take no cache's word, whatever <c>cache.trust</c> says: what it holds is hashed on first use.</summary>
    /// <exception cref="NoRepositoryException">There is none.</exception>
    /// <exception cref="UnsafePathException">Its local state came with the repository, or is a link.</exception>
    public static Repository OpenDistrustful(string workingDirectory, HostEnvironment host, RemoteOpener openRemote)
    {
        Repository repository = Open(workingDirectory, host, openRemote);
        repository._distrustsCache = true;
        return repository;
    }

    /// <summary>True where a path of the workspace is a pointer, and not data whose name ends alike.</summary>
    public bool IsPointer(string path) => TrackedOutputs.IsPointer(Layout.Root, path);

    /// <summary>All pointers of the workspace.</summary>
    public TrackedOutputs LoadOutputs(CancellationToken cancellationToken) => TrackedOutputs.Load(Layout.Root, IgnoreRules, cancellationToken);

    /// <summary>What lies at a path of the workspace, not yet resolved; null where nothing is there.</summary>
    public WorkspaceNode? ListWorkspace(string path, CancellationToken cancellationToken) => ListWorkspace(path, tidy: false, cancellationToken);

    /// <summary>
    /// The same for commands that change the workspace: what killed processes left half-written in it, and beside it, is removed. Files are written
    /// there, and not in the state's folder, where that is on another file system.
    /// </summary>
    public WorkspaceNode? ListAndTidyWorkspace(string path, CancellationToken cancellationToken) => ListWorkspace(path, tidy: true, cancellationToken);

    private WorkspaceNode? ListWorkspace(string path, bool tidy, CancellationToken cancellationToken)
    {
        string fullPath = Path.Combine(Layout.Root, path);
        if (tidy && FileStat.TryGet(Path.GetDirectoryName(fullPath)!) is { Type: FileType.Directory })
            TempNames.RemoveStale(Path.GetDirectoryName(fullPath)!, NowNs());
        if (FileStat.TryGet(fullPath) is not { } stat)
            return null;
        _statMemory.Value.Learn(stat.Type == FileType.Directory ? fullPath : Path.GetDirectoryName(fullPath)!, stat.Device);
        List<string>? temporary = tidy ? [] : null;
        WorkspaceNode? node = WorkspaceWalker.TryList(Layout.Root, path, IgnoreRules, IsPointer, cancellationToken, temporary);
        foreach (string leftover in temporary ?? [])
            TempNames.RemoveIfStale(leftover, NowNs());
        return node;
    }

    /// <summary>The short lock over pointers, base and index.</summary>
    /// <exception cref="LockedException">Another process held it for a minute.</exception>
    public IDisposable Lock(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Layout.StateDirectory);
        return FileLock.AcquireExclusive(Layout.LockFile, LockWait, cancellationToken);
    }

    /// <summary>Records what lies in the workspace for one tracked path; null forgets it. Saves the index too.</summary>
    public void RecordBase(string path, BaseEntry? entry, CancellationToken cancellationToken)
    {
        using (Lock(cancellationToken))
        {
            Base.Update(new Dictionary<string, BaseEntry?> { [path] = entry });
            SaveIndex();
        }
    }

    /// <summary>Saves what is remembered of files and folders. Call it under <see cref="Lock"/>.</summary>
    internal void SaveIndex()
    {
        Index.Save();
        Folders.Save();
    }

    /// <summary>Saves what reading has taught; a read-only state folder is no reason to fail a command that only looks.</summary>
    public void SaveIndexQuietly(CancellationToken cancellationToken)
    {
        try
        {
            using (Lock(cancellationToken))
                SaveIndex();
        }
        catch (DataVersionException e) when (e.Kind is ErrorKind.FileSystem or ErrorKind.Locked)
        {
            // The index is rebuildable: the next command reads the files again.
        }
    }

    /// <summary>A folder for temporary files on the workspace's file system; leftovers of processes that died are removed.</summary>
    public string EnsureTempDirectory()
    {
        try
        {
            Directory.CreateDirectory(Layout.TempDirectory);
            TempNames.RemoveStale(Layout.TempDirectory, NowNs());
            return Layout.TempDirectory;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(Layout.TempDirectory, e);
        }
    }

    /// <summary>Places objects of the cache in the workspace.</summary>
    internal Linker CreateLinker(ITransferMonitor monitor) => new(Cache, Cache.Links, monitor.Warn);

    /// <summary>A path of the workspace as Git names it: relative to Git's worktree.</summary>
    public string ToGitPath(string path)
    {
        if (Layout.Git is not { } git || git.WorkTree == Layout.Root)
            return path;
        return WorkspacePath.Join(Path.GetRelativePath(git.WorkTree, Layout.Root).Replace(Path.DirectorySeparatorChar, '/'), path);
    }

    /// <summary>A path as Git names it, as one of the workspace; null where it lies outside.</summary>
    public string? FromGitPath(string path)
    {
        if (Layout.Git is not { } git || git.WorkTree == Layout.Root)
            return path;
        string prefix = Path.GetRelativePath(git.WorkTree, Layout.Root).Replace(Path.DirectorySeparatorChar, '/');
        return path != prefix && WorkspacePath.IsWithin(path, prefix) ? path[(prefix.Length + 1)..] : null;
    }

    /// <summary>Opens the blobs of a remote.</summary>
    /// <exception cref="UsageException">Options that contradict each other, or that its store does not know.</exception>
    public IBlobStore OpenRemote(RemoteSettings remote, RequestMeter meter) => _openRemote(remote, meter);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            if (_cache.IsValueCreated)
                Cache.SaveVerified();
        }
        catch (DataVersionException)
        {
            // A read-only or full disk: what was verified is hashed once more when it is needed.
        }
        _cacheHold?.Dispose();
    }

    private long NowNs() => Clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    private LocalCache OpenCache()
    {
        string own = Layout.DefaultCacheDirectory;
        CacheOptions options = CachePlaces.Choose(new CacheOptions
        {
            Directory = Settings.CacheDirectory ?? own,
            Alternates = Settings.CacheAlternates,
            Links = Settings.Links,
            Shared = Settings.CacheShared,
            Trust = Settings.CacheTrust && !_distrustsCache,
            Claims = Settings.CacheShared || Settings.CacheDirectory is not null,
            Clock = Clock,
        }, own, _host.Warn);
        VerifiedObjects verified = VerifiedObjects.Load(Layout.VerifiedFile);
        var cache = new LocalCache(options, options.Directory == own ? verified : verified.At(options.Directory));
        _cacheHold = cache.Hold(CancellationToken.None);
        return cache;
    }

    private static void CheckState(RepositoryLayout layout)
    {
        bool inWorkspace = layout.StateDirectory == layout.DotDv;
        string[] own = [layout.LocalConfigFile, layout.IndexFile, layout.FoldersFile, layout.VerifiedFile, layout.BaseFile, layout.TempDirectory, layout.RemotesDirectory, layout.DefaultCacheDirectory, Path.Combine(layout.StateDirectory, "runs")];
        LocalStateCheck.Check([layout.DotDv, layout.ConfigFile], own, path => inWorkspace && layout.Git is { } git
            && git.FindTracked([Path.GetRelativePath(git.WorkTree, path).Replace(Path.DirectorySeparatorChar, '/')]).Count > 0);
    }

    private static ConfigStoreOptions ConfigOptions(RepositoryLayout layout, string workingDirectory, HostEnvironment host) => new()
    {
        Places = new ConfigPlaces { RepositoryRoot = layout.Root, WorkingDirectory = workingDirectory, HomeDirectory = host.HomeDirectory },
        RepositoryFile = layout.ConfigFile,
        LocalFile = layout.LocalConfigFile,
        UserFile = host.UserConfigDirectory is { } user ? Path.Combine(user, "config") : null,
        SystemFile = host.SystemConfigFile,
        TrustFile = host.UserConfigDirectory is { } folder ? Path.Combine(folder, "trusted") : null,
        LockFile = layout.ConfigLockFile,
        Variables = host.Variables,
    };
}
