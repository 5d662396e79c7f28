using System.Globalization;
using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Objects.Packs;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests.Objects.Packs;

/// <summary>
/// Files in tests/golden/packs, made as docs/format.md says, without dv (the frame: the program zstd 1.5.4, <c>-19 --no-check</c>). They must be readable
/// for ever and are never written again.
/// </summary>
public sealed class PackGoldenTests
{
    private const string Id = "3f0c55a1e0d24b7f9c6b1de4a8f0b7c2";

    private static readonly byte[] Lines = Encoding.ASCII.GetBytes(
        string.Concat(Enumerable.Range(0, 200).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},label-{i % 7}\n"))));

    private static readonly byte[] Hello = "hello\n"u8.ToArray();
    private static readonly byte[] AllBytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
    private static readonly ObjectKey Root = ObjectKey.Tree(ObjectId.Parse("sha256:fdd24028914aa0f3f5236ce69e8a3ac7eb4ebb936e42e6b67ed04351e78489c4"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, bool> Documents => new()
    {
        { "plain.dv.json", false, false },
        { "packed.dv.json", true, false },
        { "compressed.dv.json", true, true },
    };

    [Fact]
    public void An_index_says_what_it_always_said()
    {
        byte[] bytes = Read("contents.index");

        IReadOnlyList<PackListing> packs = PackListing.ParseIndex(bytes, "it");

        Assert.Equal(2, packs.Count);
        Assert.Equal(
            [
                new PackEntry(KeyOf(AllBytes), 0, 256, 256),
                new PackEntry(KeyOf([]), 256, 0, 0),
                new PackEntry(KeyOf(Hello, HashKind.Md5), 256, 6, 6),
                new PackEntry(KeyOf("abc"u8.ToArray(), HashKind.Xxh128), 262, 3, 3),
            ],
            packs[0].Entries);
        Assert.Equal([new PackEntry(KeyOf(Lines), 0, 387, 2290), new PackEntry(KeyOf(Hello), 387, 6, 6)], packs[1].Entries);
        Assert.Equal(bytes, packs.SelectMany(p => PackListing.Write(p.Entries)));
        Assert.Equal(bytes, (byte[])[.. Read("raw.pack")[265..], .. Read("compressed.pack")[393..]]);
        Assert.Equal(
            ["a29652fde56b8bdceeb6c8ac2a0e717e52d3df0da099027f912e3c046f1e21c9", "a6ffebdc030bb6b8005967d7d2795b5699c0617b04dc7f91087175d9c379577e"],
            packs.Select(p => p.Id.Hex));
    }

    [Fact]
    public void A_catalog_says_what_it_always_said()
    {
        byte[] bytes = Read("root.catalog");

        IReadOnlyList<PackIndexRef> indexes = PackCatalog.Parse(bytes, "it");

        Assert.Equal([RefOf("contents.index", trees: false), RefOf("trees.index", trees: true)], indexes);
        Assert.Equal(bytes, PackCatalog.Write(indexes));
    }

    [Fact]
    public async Task A_pack_of_raw_objects_is_written_as_ever()
    {
        using var builder = new PackBuilder(zstd: false);
        await builder.AddAsync(KeyOf(AllBytes), new BytesContent(AllBytes), Token);
        await builder.AddAsync(KeyOf([]), new BytesContent(Array.Empty<byte>()), Token);
        await builder.AddAsync(KeyOf(Hello, HashKind.Md5), new BytesContent(Hello), Token);
        await builder.AddAsync(KeyOf("abc"u8.ToArray(), HashKind.Xxh128), new BytesContent("abc"u8.ToArray()), Token);

        using var written = new MemoryStream();
        await builder.Build().Content.OpenRead().CopyToAsync(written, Token);

        Assert.Equal(Read("raw.pack"), written.ToArray());
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task The_document_of_a_remote_is_read_and_written_as_ever(string name, bool packs, bool zstd)
    {
        var identity = new StoreIdentity(Id, new StoreFormat(packs, zstd));
        var there = new MemoryBlobStore();
        await there.PutAsync(ObjectLayout.StoreDocument, Read(name), cancellationToken: Token);
        var empty = new MemoryBlobStore();

        Assert.Equal(identity, await StoreIdentity.ReadAsync(there, "origin", Token));
        Assert.Equal(identity, await StoreIdentity.EnsureAsync(empty, "origin", () => Id, identity.Format, Token));
        Assert.Equal(Encoding.UTF8.GetString(Read(name)), Encoding.UTF8.GetString(await empty.GetAsync(ObjectLayout.StoreDocument, cancellationToken: Token)));
    }

    [Fact]
    public async Task A_remote_of_these_files_is_read()
    {
        var blobs = new MemoryBlobStore();
        (string Name, string File)[] files =
        [
            ("dv.json", "compressed.dv.json"),
            ("packs/a6/ffebdc030bb6b8005967d7d2795b5699c0617b04dc7f91087175d9c379577e", "compressed.pack"),
            ("packs/a2/9652fde56b8bdceeb6c8ac2a0e717e52d3df0da099027f912e3c046f1e21c9", "raw.pack"),
            ("packs/40/c59ac110356fc8cb593292735e7a346d0e89ff2bd3819c5ab292c156e88215", "trees.pack"),
            ("indexes/b4/59cd3241085bdfb30e7e5d8f0f5796645d48d94c83dccb6f3ca982f68e36ee", "contents.index"),
            ("indexes/40/c59ac110356fc8cb593292735e7a346d0e89ff2bd3819c5ab292c156e88215", "trees.index"),
            ("catalogs/tree-sha256-fdd24028914aa0f3f5236ce69e8a3ac7eb4ebb936e42e6b67ed04351e78489c4", "root.catalog"),
        ];
        foreach ((string name, string file) in files)
            await blobs.PutAsync($"dvstore/v1/{name}", Read(file), cancellationToken: Token);
        ObjectStore store = await ObjectStore.OpenAsync(blobs, "origin", create: false, () => "x", Token);
        store.Use(new RootKey(Root, null, null, null, "data"));

        IReadOnlyList<TreeEntry> top = await ReadTreeAsync(store, Root);
        TreeEntry sub = top[3];
        TreeEntry inner = Assert.Single(await ReadTreeAsync(store, sub.Key));

        Assert.Equal(["empty", "hello.txt", "lines.csv", "sub"], top.Select(e => e.Name));
        Assert.Equal("all.bin", inner.Name);
        foreach ((TreeEntry entry, byte[] expected) in (IEnumerable<(TreeEntry, byte[])>)[(top[0], []), (top[1], Hello), (top[2], Lines), (inner, AllBytes)])
        {
            Assert.Equal(expected.Length, entry.Size);
            Assert.Equal(expected, await store.ReadSmallAsync(entry.Key, PackLimits.MaxObject, Token));
        }
    }

    private static async Task<IReadOnlyList<TreeEntry>> ReadTreeAsync(ObjectStore store, ObjectKey key) =>
        TreeParser.Parse(await store.ReadSmallAsync(key, TreeLimits.MaxTreeBytes, Token), HashKind.Sha256, "it").Entries!;

    private static PackIndexRef RefOf(string file, bool trees) => new(trees, Read(file).Length, IdentityHash.Of(HashKind.Sha256, Read(file)));

    private static ObjectKey KeyOf(byte[] bytes, HashKind kind = HashKind.Sha256) => ObjectKey.Content(IdentityHash.Of(kind, bytes));

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(GoldenFile.Root, "tests", "golden", "packs", name));
}
