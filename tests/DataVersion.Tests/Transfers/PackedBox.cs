using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

/// <summary>A packed remote in memory, with or without compression, and what tests do with it.</summary>
internal sealed class PackedBox : IDisposable
{
    public const string PackNames = "dvstore/v1/packs/";
    public const string IndexNames = "dvstore/v1/indexes/";
    public const string CatalogNames = "dvstore/v1/catalogs/";
    public const string ReceiptNames = "dvstore/v1/receipts/";

    private readonly List<CacheSandbox> _fresh = [];
    private readonly CancellationToken _token;

    public PackedBox(bool zstd, CancellationToken token, string? notes = null)
    {
        _token = token;
        Sandbox = new TransferSandbox(token) { Format = new StoreFormat(true, zstd), Notes = notes };
    }

    public TransferSandbox Sandbox { get; }

    public FaultyBlobStore Blobs => Sandbox.Blobs;

    /// <summary>Small files in a few folders, of which every second one becomes smaller when it is compressed.</summary>
    public static Dictionary<string, string> Files(int count = 40, string prefix = "content") =>
        Enumerable.Range(0, count).ToDictionary(i => $"part{i % 5}/sub/{i}.txt", i => TextOf(i, prefix));

    public static string TextOf(int i, string prefix = "content") => i % 2 == 0 ? $"{prefix} {i}" : string.Concat(Enumerable.Repeat($"{prefix} {i}\n", 50));

    public static ObjectKey KeyOf(string text) => CacheSandbox.KeyOf(TransferSandbox.Text(text));

    /// <summary>Text that nothing compresses by much.</summary>
    public static string Noise(int seed, int length)
    {
        var random = new Random(seed);
        return string.Create(length, random, (span, r) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = (char)r.Next(33, 127);
        });
    }

    public void Dispose()
    {
        _fresh.ForEach(f => f.Dispose());
        Sandbox.Dispose();
    }

    /// <summary>Pushes, which must succeed.</summary>
    public async Task<TransferResult> PushAsync(IReadOnlyList<RootKey> roots, IReadOnlyList<RootKey>? earlier = null, bool deep = false, bool verify = false)
    {
        TransferResult result = await Sandbox.PushAsync(roots, earlier, deep, verify);
        Assert.Empty(result.Failed);
        return result;
    }

    /// <summary>Adds and pushes a folder.</summary>
    public async Task<RootKey> PushedAsync(IReadOnlyDictionary<string, string> files, string path = "data")
    {
        RootKey root = await Sandbox.AddAsync(path, files);
        await PushAsync([root]);
        return root;
    }

    /// <summary>An empty cache.</summary>
    public CacheSandbox Fresh()
    {
        _fresh.Add(new CacheSandbox());
        return _fresh[^1];
    }

    /// <summary>Fetches into a cache, as a clone that knows nothing of the remote would.</summary>
    public async Task<TransferResult> FetchAsync(CacheSandbox cache, params WantedRoot[] wanted)
    {
        var transfer = new ObjectTransfer(cache.Cache, await Sandbox.OpenAsync(create: false), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);
        return await transfer.FetchAsync(wanted, _token);
    }

    /// <summary>What a new clone's fetch of roots comes to.</summary>
    public async Task<(TransferResult Result, CacheSandbox Cache)> FetchFreshAsync(params RootKey[] roots)
    {
        CacheSandbox cache = Fresh();
        return (await FetchAsync(cache, [.. roots.Select(r => new WantedRoot(r, ""))]), cache);
    }

    /// <summary>A new clone gets everything.</summary>
    public async Task AssertFetchableAsync(RootKey root, IReadOnlyDictionary<string, string> files)
    {
        (TransferResult result, CacheSandbox cache) = await FetchFreshAsync(root);
        Assert.Empty(result.Failed);
        Assert.Equal(files, await Sandbox.ReadAllAsync(cache.Cache, root));
    }

    /// <summary>What a cache has of some texts has their bytes; returns those that it has.</summary>
    public async Task<List<string>> SoundAsync(CacheSandbox cache, IEnumerable<string> texts)
    {
        List<string> there = [.. texts.Where(t => cache.Cache.Contains(KeyOf(t)))];
        foreach (string text in there)
            Assert.Equal(KeyOf(text), CacheSandbox.KeyOf(await File.ReadAllBytesAsync(cache.Cache.PathOf(KeyOf(text)), _token)));
        Assert.Empty(cache.Leftovers());
        return there;
    }

    public Task<List<string>> NamesAsync(string prefix) => Blobs.NamesAsync(prefix, _token);

    /// <summary>Names that were written to since the calls were last forgotten.</summary>
    public List<string> Written(string prefix = "") => [.. Blobs.Calls.Where(c => c.Verb == Verb.Write && c.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(c => c.Name)];

    /// <summary>Puts other bytes in a blob's place; null deletes it.</summary>
    public async Task ChangeAsync(string name, Func<byte[], byte[]?> change)
    {
        byte[]? changed = change(await Blobs.GetAsync(name, cancellationToken: _token));
        if (changed is null)
            await Blobs.DeleteAsync(name, null, _token);
        else
            await Blobs.PutAsync(name, changed, WriteMode.Overwrite, _token);
    }

    /// <summary>The indexes that a root's catalog names.</summary>
    public async Task<List<(bool Trees, string Name)>> IndexesOfAsync(RootKey root)
    {
        string name = ObjectLayout.CatalogOf(root);
        return [.. PackCatalog.Parse(await Blobs.GetAsync(name, cancellationToken: _token), name).Select(i => (i.Trees, ObjectLayout.PackIndexOf(i.Id)))];
    }

    /// <summary>The pack that holds an object, and where.</summary>
    public async Task<(string Pack, PackEntry Entry)> LocateAsync(ObjectKey key)
    {
        foreach (string name in await NamesAsync(IndexNames))
        {
            foreach (PackListing pack in PackListing.ParseIndex(await Blobs.GetAsync(name, cancellationToken: _token), name))
            {
                foreach (PackEntry entry in pack.Entries.Where(e => e.Key == key))
                    return (ObjectLayout.PackOf(pack.Id), entry);
            }
        }
        throw new InvalidOperationException($"{key} is in no pack");
    }

    /// <summary>Puts a pack and an index of it on the remote, and a catalog of a root that names them, as somebody would who may write there.</summary>
    public async Task PlantAsync(RootKey root, string listing, byte[] objects, bool trees = false)
    {
        byte[] text = Encoding.ASCII.GetBytes(listing);
        ObjectId id = IdentityHash.Of(HashKind.Sha256, text);
        await Blobs.PutAsync(ObjectLayout.PackOf(id), [.. objects, .. text], WriteMode.Overwrite, _token);
        await Blobs.PutAsync(ObjectLayout.PackIndexOf(id), text, WriteMode.Overwrite, _token);
        string name = ObjectLayout.CatalogOf(root);
        IReadOnlyList<PackIndexRef> named = PackCatalog.Parse(await Blobs.GetAsync(name, cancellationToken: _token), name);
        await Blobs.PutAsync(name, PackCatalog.Write([.. named.Where(i => i.Trees != trees), new PackIndexRef(trees, text.Length, id)]), WriteMode.Overwrite, _token);
    }
}
