using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Platform;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Tracking.Models;
using DataVersion.Tracking.Pins;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Serving.Models;

/// <summary>Models that a commit's pointers name: <c>dv://PATH@REVISION</c>. The contents come from the cache, else from the pointer's remote.</summary>
internal sealed class RepositoryModels(ServingSettings settings, ServingHost host)
{
    private static readonly PinAllowances Any = new(true, true, true, true, true);

    /// <summary>What a path means at a revision.</summary>
    /// <exception cref="DataVersionException">There is no such revision, or nothing tracked there.</exception>
    internal ResolvedModel Resolve(ModelUri uri, CancellationToken cancellationToken)
    {
        using Repository? repository = TryOpen();
        Pin pin = FindPin(uri, repository, cancellationToken);
        (PinnedItem item, string inside) = Find(pin, uri.Name);
        PinnedItem? signature = null;
        if (item.Pointer is { IsDirectory: false })
        {
            string beside = WorkspacePath.Join(WorkspacePath.Parent(item.Path), ModelSignature.FileName);
            signature = pin.Items.FirstOrDefault(i => i.Path == beside)
                ?? throw new UsageException($"{uri}: '{PathRules.Printable(beside)}' is not tracked in that version", "track the folder of the model, or its signature.json beside it: dv add");
        }
        return new ResolvedModel
        {
            Uri = uri,
            Location = $"{uri.Name} at {pin.DataCommit}",
            Identity = $"{item.Pointer.Hash} {inside} {signature?.Pointer.Hash}",
            Files = new TrackedFiles(this, pin, item, inside, signature),
            Name = uri.Name,
            Version = pin.DataCommit[..Math.Min(12, pin.DataCommit.Length)],
            // What the transfer brings has been checked against the pointer's hash.
            Lineage = new ModelLineage { Commit = pin.CodeCommit, Repository = pin.DataRepository ?? pin.CodeRepository, DataCommit = pin.DataCommit },
        };
    }

    private Pin FindPin(ModelUri uri, Repository? repository, CancellationToken cancellationToken)
    {
        var request = new PinRequest
        {
            WorkingDirectory = settings.RepositoryDirectory,
            Root = repository?.Layout.Root,
            Git = GitProgram.Find(host.Variable("PATH"))?.With(GitToken.Read(host.Environment)),
            Revision = uri.Version,
            Repository = host.Variable("DV_REPO"),
            FetchFolder = Path.Combine(settings.CacheDirectory, "dv-fetched"),
            Allowed = Any,
            Remotes = repository?.Settings.Remotes ?? [],
            DefaultRemote = repository?.Settings.Remote,
        };
        return new PinResolver(request).Resolve(cancellationToken).Pin
            ?? throw new UsageException($"{uri}: '{settings.RepositoryDirectory}' is no Git repository, and holds no pin", "set DV_REPO_DIR to the repository, or DV_REPO to its URL");
    }

    private static (PinnedItem Item, string Inside) Find(Pin pin, string path)
    {
        PinnedItem item = pin.Items.FirstOrDefault(i => i.Path == path || i.PointerPath == path || (i.Pointer.IsDirectory && WorkspacePath.IsWithin(path, i.Path)))
            ?? throw new UsageException($"'{PathRules.Printable(path)}' is not tracked by dv in commit {pin.DataCommit[..Math.Min(12, pin.DataCommit.Length)]}", "see: git ls-files '*.dv'");
        return (item, item.Path == path || item.PointerPath == path ? "" : path[(item.Path.Length + 1)..]);
    }

    private Repository? TryOpen()
    {
        try
        {
            return Open(settings.RepositoryDirectory);
        }
        catch (NoRepositoryException)
        {
            return null;
        }
    }

    /// <summary>The workspace at hand; where it may not be written to, or is none, one of our own that only has a cache.</summary>
    private Repository OpenForReading(Pin pin)
    {
        if (TryOpen() is { } found)
        {
            if (Directory.Exists(found.Layout.StateDirectory) ? MayWrite(found.Layout.StateDirectory) : MayWrite(Path.GetDirectoryName(found.Layout.StateDirectory)!))
                return found;
            found.Dispose();
        }
        string root = Path.Combine(settings.CacheDirectory, "dv-workspace");
        string folder = Path.Combine(root, RepositoryLayout.FolderName);
        try
        {
            Directory.CreateDirectory(folder);
            var config = ConfigFile.Parse([], "config");
            foreach (PinnedRemote remote in pin.Remotes)
                config.Set("remote", remote.Name, "url", remote.Url);
            File.WriteAllBytes(Path.Combine(folder, "config"), config.ToBytes());
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(folder, e);
        }
        return Open(root);
    }

    private static bool MayWrite(string folder)
    {
        try
        {
            string probe = Path.Combine(folder, $".dv-serve-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return true;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            return false;
        }
    }

    private Repository Open(string folder) => Repository.Open(folder, new HostEnvironment
    {
        HomeDirectory = host.HomeDirectory,
        UserConfigDirectory = host.Variable("XDG_CONFIG_HOME") is { } xdg && Path.IsPathFullyQualified(xdg) ? Path.Combine(xdg, "dv")
            : host.HomeDirectory is { } home ? Path.Combine(home, ".config", "dv") : null,
        SystemConfigFile = OperatingSystem.IsWindows() ? null : "/etc/dv/config",
        Variables = host.Environment.Where(v => v.Key.StartsWith("DV_", StringComparison.Ordinal) && v.Key is not ("DV_REPO_DIR" or "DV_REPO")).ToDictionary(),
        ProgramSearchPath = host.Variable("PATH") ?? "",
        Clock = host.Clock,
    }, OpenRemote);

    private IBlobStore OpenRemote(RemoteSettings remote, RequestMeter meter) => RemoteStores.Open(new RemoteContext
    {
        Settings = remote,
        Variables = host.Environment,
        HomeDirectory = host.HomeDirectory,
        Meter = meter,
        Clock = host.Clock,
    });

    /// <summary>The files behind a pointer.</summary>
    private sealed class TrackedFiles(RepositoryModels models, Pin pin, PinnedItem item, string inside, PinnedItem? signature) : IModelFiles
    {
        public async Task BringAsync(ModelFolder folder, CancellationToken cancellationToken)
        {
            using Repository repository = models.OpenForReading(pin);
            TreeEntry entry = await FetchAsync(repository, item, inside, cancellationToken);
            if (entry.IsDirectory)
            {
                await BringFolderAsync(repository, folder, entry, "", cancellationToken);
                return;
            }
            await BringFileAsync(repository, folder, entry, ModelSignature.ModelFileName, cancellationToken);
            if (signature is not null)
            {
                await BringFileAsync(repository, folder, await FetchAsync(repository, signature, "", cancellationToken), ModelSignature.FileName, cancellationToken);
            }
            else
            {
                string beside = WorkspacePath.Join(WorkspacePath.Parent(inside), ModelSignature.FileName);
                await BringFileAsync(repository, folder, await FetchAsync(repository, item, beside, cancellationToken), ModelSignature.FileName, cancellationToken);
            }
        }

        private async Task<TreeEntry> FetchAsync(Repository repository, PinnedItem wanted, string path, CancellationToken cancellationToken)
        {
            var transfer = new RootTransfer(repository, SilentMonitor.Instance);
            if (!await transfer.IsCachedAsync(wanted.Pointer, path, cancellationToken))
            {
                TransferResult result = await transfer.FetchAsync(Remote(repository, wanted), [new WantedRoot(wanted.Pointer.ToRoot(wanted.Path), path)], cancellationToken);
                if (result.Failed is [{ } failed, ..])
                    throw new DataVersionException(failed.Kind, failed.Error, failed.Kind == ErrorKind.Missing ? "push it from where it was added: dv push" : null);
            }
            TreeEntry root = wanted.Pointer.ToEntry(WorkspacePath.Name(wanted.Path));
            return path.Length == 0 ? root : await repository.LocalTrees.FindAsync(root.Id, path, cancellationToken)
                ?? throw new UsageException($"'{PathRules.Printable(wanted.Path)}' holds no '{PathRules.Printable(path)}'");
        }

        private RemoteSettings Remote(Repository repository, PinnedItem wanted)
        {
            string? name = wanted.Pointer.Remote;
            PinnedRemote? pinned = pin.Remotes.FirstOrDefault(r => name is null ? r.IsDefault : r.Name == name) ?? (name is null && pin.Remotes is [var only] ? only : null);
            RemoteSettings? known = repository.Settings.Remotes.FirstOrDefault(r => r.Name == (name ?? repository.Settings.Remote ?? pinned?.Name));
            return known
                ?? (pinned is null ? repository.Settings.RequireRemote(name) : new RemoteSettings { Name = pinned.Name, Url = pinned.Url, Options = pinned.Options, Trusted = false });
        }

        private static async Task BringFolderAsync(Repository repository, ModelFolder folder, TreeEntry directory, string path, CancellationToken cancellationToken)
        {
            foreach (TreeEntry entry in await repository.LocalTrees.ReadAsync(directory.Id, new Declared(directory.Size, directory.Files), path, cancellationToken))
            {
                string own = WorkspacePath.Join(path, entry.Name);
                if (entry.IsDirectory)
                    await BringFolderAsync(repository, folder, entry, own, cancellationToken);
                else if (entry.Kind != TreeEntryKind.Link)
                    await BringFileAsync(repository, folder, entry, own, cancellationToken);
            }
        }

        private static async Task BringFileAsync(Repository repository, ModelFolder folder, TreeEntry entry, string name, CancellationToken cancellationToken)
        {
            if (entry.IsDirectory)
                throw new UsageException($"'{PathRules.Printable(entry.Name)}' is a folder, not a file");
            await repository.Cache.EnsureTrustedAsync(entry.Key, cancellationToken);
            await using Stream source = repository.Cache.Open(entry.Key).OpenRead();
            await folder.AddAsync(name, source, entry.Kind == TreeEntryKind.Executable, cancellationToken);
            // What is loaded is the copy: its own hash is what counts.
            if (entry.Id.Kind == Hashing.HashKind.Sha256 && folder.Files[name].Content.Id != entry.Id)
                throw new ObjectCorruptException(entry.Id.ToString(), folder.Files[name].Content.Id.ToString(), "in the cache", "get it anew: dv verify, dv pull");
        }
    }
}
