using System.Text;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;

namespace DataVersion.Testing.Transfers;

/// <summary>Two caches and a remote in memory between them whose requests are counted and can be made to fail.</summary>
public sealed class TransferSandbox(CancellationToken cancellationToken) : IDisposable
{
    /// <summary>Where datasets are added and pushed from.</summary>
    public CacheSandbox Here { get; } = new();

    /// <summary>Where they are fetched to.</summary>
    public CacheSandbox There { get; } = new();

    /// <summary>How objects lie on the remote when the first push makes it.</summary>
    public StoreFormat Format { get; init; } = StoreFormat.Plain;

    /// <summary>Where copies of what the remote says of its packs are kept; null for nowhere.</summary>
    public string? Notes { get; init; }

    /// <summary>Bytes of indexes that a root's catalog may name without being looked through; null for the usual.</summary>
    public long? PruneFrom { get; set; }

    public FaultyBlobStore Blobs { get; } = new(new MemoryBlobStore());

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose()
    {
        Here.Dispose();
        There.Dispose();
    }

    /// <summary>Adds a folder to a cache: from paths with slashes to texts.</summary>
    public Task<RootKey> AddAsync(string path, IReadOnlyDictionary<string, string> files) => AddAsync(Here.Cache, path, files);

    public async Task<RootKey> AddAsync(LocalCache cache, string path, IReadOnlyDictionary<string, string> files)
    {
        await using CacheBatch batch = cache.BeginBatch(cancellationToken);
        WrittenTree tree = await WriteAsync(batch, [.. files.Select(f => (f.Key.Split('/'), Text(f.Value)))]);
        await batch.CommitAsync(cancellationToken);
        return new RootKey(ObjectKey.Tree(tree.Id), null, tree.Size, tree.Files, path);
    }

    /// <summary>Adds one file to a cache.</summary>
    public async Task<RootKey> AddFileAsync(string path, string text)
    {
        byte[] bytes = Text(text);
        ObjectKey key = await Here.PutAsync(bytes, cancellationToken);
        return new RootKey(key, null, bytes.Length, 1, path);
    }

    /// <summary>Stores a tree that says what it likes on the remote, as an attacker would, and vouches for it.</summary>
    public async Task<RootKey> PlantAsync(string path, byte[] tree, long size, long files)
    {
        ObjectKey key = ObjectKey.Tree(IdentityHash.Of(HashKind.Sha256, tree));
        ObjectStore remote = await OpenAsync(create: true);
        PushSession session = await remote.BeginPushAsync(cancellationToken);
        await session.PutAsync(key, new BytesContent(tree), null, cancellationToken);
        return new RootKey(key, null, size, files, path);
    }

    public Task<ObjectStore> OpenAsync(bool create)
    {
        var options = new ObjectStoreOptions { Create = create, NewId = () => Guid.NewGuid().ToString("N"), Format = Format, NotesDirectory = Notes };
        if (PruneFrom is { } bytes)
            options = options with { PruneFrom = bytes };
        return ObjectStore.OpenAsync(Blobs, "origin", options, cancellationToken);
    }

    public async Task<TransferResult> PushAsync(
        IReadOnlyList<RootKey> roots, IReadOnlyList<RootKey>? earlier = null, bool deep = false, bool verify = false, ITransferMonitor? monitor = null)
    {
        var transfer = new ObjectTransfer(Here.Cache, await OpenAsync(create: true), new TransferOptions { Jobs = 4, Deep = deep, Verify = verify }, monitor ?? SilentMonitor.Instance);
        return await transfer.PushAsync(roots, earlier ?? [], cancellationToken);
    }

    public Task<TransferResult> FetchAsync(params RootKey[] roots) => FetchAsync([.. roots.Select(r => new WantedRoot(r, ""))]);

    public async Task<TransferResult> FetchAsync(IReadOnlyList<WantedRoot> wanted, ITransferMonitor? monitor = null, CancellationToken? token = null)
    {
        var transfer = new ObjectTransfer(There.Cache, await OpenAsync(create: false), new TransferOptions { Jobs = 4 }, monitor ?? SilentMonitor.Instance);
        return await transfer.FetchAsync(wanted, token ?? cancellationToken);
    }

    /// <summary>Whether a cache has everything under a root, each object with the right bytes.</summary>
    public async Task<bool> IsCompleteAsync(LocalCache cache, RootKey root)
    {
        try
        {
            await ReadAllAsync(cache, root);
            return true;
        }
        catch (ObjectMissingException)
        {
            return false;
        }
    }

    /// <summary>All files under a root, read out of a cache.</summary>
    public async Task<Dictionary<string, string>> ReadAllAsync(LocalCache cache, RootKey root)
    {
        var files = new Dictionary<string, string>();
        var reader = new TreeReader((id, token) => cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token));
        await ReadAsync(root.Key.Id, new Declared(root.Size, root.Files), "");
        return files;

        async Task ReadAsync(ObjectId id, Declared declared, string path)
        {
            foreach (TreeEntry entry in await reader.ReadAsync(id, declared, path, cancellationToken))
            {
                string child = path.Length == 0 ? entry.Name : $"{path}/{entry.Name}";
                if (entry.IsDirectory)
                    await ReadAsync(entry.Id, new Declared(entry.Size, entry.Files), child);
                else
                    files[child] = Encoding.UTF8.GetString(await cache.ReadSmallAsync(entry.Key, int.MaxValue / 2, cancellationToken));
            }
        }
    }

    private async Task<WrittenTree> WriteAsync(CacheBatch batch, List<(string[] Path, byte[] Bytes)> files)
    {
        var entries = new List<TreeEntry>();
        foreach (IGrouping<string, (string[] Path, byte[] Bytes)> name in files.GroupBy(f => f.Path[0]))
        {
            if (name.First().Path.Length > 1)
            {
                WrittenTree below = await WriteAsync(batch, [.. name.Select(f => (f.Path[1..], f.Bytes))]);
                entries.Add(new TreeEntry { Kind = TreeEntryKind.Directory, Name = name.Key, Id = below.Id, Size = below.Size, Files = below.Files });
                continue;
            }
            byte[] bytes = name.Single().Bytes;
            ObjectKey key = CacheSandbox.KeyOf(bytes);
            await batch.PutAsync(key, bytes, cancellationToken);
            entries.Add(new TreeEntry { Kind = TreeEntryKind.File, Name = name.Key, Id = key.Id, Size = bytes.Length });
        }
        entries.Sort((a, b) => Utf8NameComparer.Instance.Compare(a.Name, b.Name));
        return await new TreeWriter(HashKind.Sha256, batch.PutAsync).WriteAsync(entries, cancellationToken);
    }
}
