using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Objects;

public sealed class ObjectStoreTests
{
    private const string Document = "dvstore/v1/dv.json";
    private readonly MemoryBlobStore _blobs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<ObjectStore> OpenAsync(bool create = true, string id = "abc-1") => ObjectStore.OpenAsync(_blobs, "origin", create, () => id, Token);

    private Task<WriteOutcome> WriteDocumentAsync(string text) => _blobs.PutAsync(Document, Encoding.UTF8.GetBytes(text), WriteMode.Overwrite, Token);

    private static ObjectKey KeyOf(byte[] bytes, HashKind kind = HashKind.Sha256) => ObjectKey.Content(IdentityHash.Of(kind, bytes));

    [Fact]
    public async Task A_new_remote_gets_its_document_once()
    {
        ObjectStore first = await OpenAsync(id: "first");
        ObjectStore second = await OpenAsync(id: "second");

        Assert.Equal("first", first.RemoteId);
        Assert.Equal("first", second.RemoteId);
        Assert.Equal(
            """{"version":1,"id":"first","layouts":["plain"],"requires":[]}""",
            Encoding.UTF8.GetString(await _blobs.GetAsync(Document, cancellationToken: Token)));
    }

    [Fact]
    public async Task Two_that_make_a_remote_at_once_agree_on_its_id()
    {
        ObjectStore[] stores = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => OpenAsync(id: $"id{i}"), Token)));

        Assert.Single(stores.Select(s => s.RemoteId).Distinct());
    }

    [Fact]
    public async Task An_empty_place_is_a_remote_that_has_nothing()
    {
        ObjectStore store = await OpenAsync(create: false);
        ObjectKey key = KeyOf([1]);

        Assert.Null(store.RemoteId);
        Assert.Equal([key], await store.FindMissingAsync([new ObjectRequest(key, 1)], Token));
        var error = await Assert.ThrowsAsync<ObjectMissingException>(() => store.OpenReadAsync(key, null, Token));
        Assert.Contains("'origin'", error.Message, StringComparison.Ordinal);
        Assert.Empty(await _blobs.NamesAsync("", Token));
    }

    [Fact]
    public async Task A_directory_that_does_not_exist_is_an_error_to_read_and_is_made_to_push()
    {
        using var folder = new TempFolder();
        var blobs = new DirectoryBlobStore(folder.At("remote"));

        await Assert.ThrowsAsync<RemoteException>(() => ObjectStore.OpenAsync(blobs, "origin", create: false, () => "x", Token));
        ObjectStore store = await ObjectStore.OpenAsync(blobs, "origin", create: true, () => "x", Token);

        Assert.Equal("x", store.RemoteId);
        Assert.True(File.Exists(folder.At("remote/dvstore/v1/dv.json")));
    }

    [Theory]
    [InlineData("""{"version":2,"id":"a","layouts":["plain"],"requires":[]}""", "version 2")]
    [InlineData("""{"version":1,"id":"a","layouts":["packed"],"requires":[]}""", "'packed'")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain"],"requires":["encryption"]}""", "'encryption'")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain","packed"],"requires":["packs","encryption"]}""", "'encryption'")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain","packed"],"requires":["zstd","packs","zstd2"]}""", "'zstd2'")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain","packed"],"requires":["Packs"]}""", "'Packs'")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain"],"requires":[""]}""", "''")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain"],"requires":[null]}""", "'null'")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain"],"requires":[null,"encryption"]}""", "'null'")]
    [InlineData("""{"version":2,"id":"a","layouts":["plain"],"requires":["zstd"]}""", "version 2")]
    [InlineData("""{"version":1,"id":"a","layouts":[],"requires":[]}""", "'none'")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain"],"requires":["\u001b[2J"]}""", "needs")]
    public async Task A_remote_that_needs_a_newer_dv_is_refused(string text, string expected)
    {
        await WriteDocumentAsync(text);

        foreach (bool create in (bool[])[false, true])
        {
            var error = await Assert.ThrowsAsync<UsageException>(() => OpenAsync(create));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\u001b', error.Message);
        }
        Assert.Equal(text, Encoding.UTF8.GetString(await _blobs.GetAsync(Document, cancellationToken: Token)));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Please log in</body></html>")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"version":"1","id":"a","layouts":["plain"]}""")]
    [InlineData("""{"version":1,"layouts":["plain"]}""")]
    [InlineData("""{"version":1,"id":"","layouts":["plain"]}""")]
    [InlineData("""{"version":1,"id":"../../outside","layouts":["plain"]}""")]
    [InlineData("""{"version":1,"id":"a","layouts":"plain"}""")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain","packed"],"requires":"packs"}""")]
    [InlineData("""{"version":1,"id":"a","layouts":["plain","packed"],"requires":["zstd"]}""")]
    public async Task What_is_no_document_of_a_remote_is_called_so(string text)
    {
        await WriteDocumentAsync(text);

        var error = await Assert.ThrowsAsync<InvalidFormatException>(() => OpenAsync());

        Assert.Equal(ErrorKind.Remote, error.Kind);
        Assert.Contains("dv.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"version":1,"id":"a","layouts":["plain"],"requires":[]}""", false, false)]
    [InlineData("""{"version":1,"id":"a","layouts":["plain"]}""", false, false)]
    [InlineData("""{"version":1,"id":"a","layouts":["plain","packed"],"requires":["packs"]}""", true, false)]
    [InlineData("""{"version":1,"id":"a","layouts":["plain","packed"],"requires":["packs","zstd"],"later":{}}""", true, true)]
    [InlineData("""{"version":1,"id":"a","layouts":["packed","plain"],"requires":["zstd","packs","packs"]}""", true, true)]
    public async Task A_remote_that_exists_stays_as_it_is_whatever_format_is_asked_for(string text, bool packs, bool zstd)
    {
        await WriteDocumentAsync(text);

        foreach (StoreFormat asked in (StoreFormat[])[StoreFormat.Plain, new(true, false), new(true, true)])
        {
            ObjectStore store = await ObjectStore.OpenAsync(
                _blobs, "origin", new ObjectStoreOptions { Create = true, NewId = () => "b", Format = asked }, Token);
            Assert.Equal(("a", new StoreFormat(packs, zstd)), (store.RemoteId, store.Format));
        }
        Assert.Equal(text, Encoding.UTF8.GetString(await _blobs.GetAsync(Document, cancellationToken: Token)));
    }

    [Fact]
    public async Task A_small_object_is_checked()
    {
        ObjectStore store = await OpenAsync();
        byte[] bytes = [1, 2, 3, 4];
        foreach (HashKind kind in Enum.GetValues<HashKind>())
        {
            ObjectKey key = KeyOf(bytes, kind);
            string name = ObjectLayout.NameOf(key);
            await _blobs.PutAsync(name, bytes, cancellationToken: Token);
            Assert.Equal(bytes, await store.ReadSmallAsync(key, 4, Token));
            await Assert.ThrowsAsync<ObjectCorruptException>(() => store.ReadSmallAsync(key, 3, Token));

            await _blobs.PutAsync(name, [1, 2, 3, 5], WriteMode.Overwrite, Token);
            var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => store.ReadSmallAsync(key, 100, Token));
            Assert.Equal(key.Id.ToString(), error.Id);
            Assert.Equal(IdentityHash.Of(kind, [1, 2, 3, 5]).ToString(), error.Actual);

            await _blobs.PutAsync(name, [1, 2, 3], WriteMode.Overwrite, Token);
            await Assert.ThrowsAsync<ObjectCorruptException>(() => store.ReadSmallAsync(key, 100, Token));
        }
    }

    [Fact]
    public async Task A_tree_of_endless_bytes_is_cut_off()
    {
        byte[] bytes = [1];
        await _blobs.PutAsync(ObjectLayout.NameOf(KeyOf(bytes)), bytes, cancellationToken: Token);
        await OpenAsync();
        var faulty = new FaultyBlobStore(_blobs).On(Verb.Read, new Fault.Appends(long.MaxValue), "objects/");
        ObjectStore store = await ObjectStore.OpenAsync(faulty, "origin", false, () => "x", Token);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => store.ReadSmallAsync(KeyOf(bytes), 1 << 20, Token));
    }

    [Fact]
    public async Task A_missing_object_is_said_to_be_missing_on_that_remote()
    {
        ObjectStore store = await OpenAsync();

        var error = await Assert.ThrowsAsync<ObjectMissingException>(() => store.ReadSmallAsync(KeyOf([7]), 10, Token));

        Assert.Equal(KeyOf([7]).Id.ToString(), error.Id);
        Assert.Contains("on remote 'origin'", error.Message, StringComparison.Ordinal);
    }
}
