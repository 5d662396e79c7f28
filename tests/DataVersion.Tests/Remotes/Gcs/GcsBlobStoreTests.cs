using DataVersion.Remotes;
using DataVersion.Remotes.Gcs;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Gcs;

public sealed class GcsBlobStoreTests : IAsyncDisposable
{
    private readonly GcsServer _server = GcsServer.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_write_is_one_request_and_says_what_its_bytes_are()
    {
        RemoteContext context = GcsSandbox.Context(_server.Endpoint, new() { ["anonymous"] = "true" });
        IBlobStore store = RemoteStores.Open(context);
        await store.PutAsync("name", GcsSandbox.Pattern(3_000_000), cancellationToken: Token);

        GcsRequest request = Assert.Single(_server.Requests);
        Assert.Equal("POST /upload/storage/v1/b/bucket/o", request.ToString());
        Assert.Equal(("multipart", "0"), (request.Query("uploadType"), request.Query("ifGenerationMatch")));
        Assert.Equal(1, context.Meter.Requests);
        Assert.Equal("anonymous (option anonymous)", store.Access);
    }

    [Fact]
    public async Task Bytes_that_change_between_two_reads_never_become_a_blob()
    {
        IBlobStore store = GcsSandbox.Open(_server.Endpoint);
        byte[] bytes = GcsSandbox.Pattern(2_000_000);
        int opened = 0;
        var content = new TestContent(bytes, beforeRead: position =>
        {
            if (position == 0 && opened++ == 1)
                bytes[1_000_000] ^= 1;
        });

        var error = await Assert.ThrowsAsync<RemoteException>(() => store.WriteAsync("name", content, WriteMode.Overwrite, Token));

        Assert.True(error.IsTransient);
        Assert.Contains("CRC32C", error.Message, StringComparison.Ordinal);
        Assert.Null(await store.StatAsync("name", Token));
    }

    [Fact]
    public async Task Long_lists_come_in_pages_without_what_is_not_asked_for()
    {
        IBlobStore store = GcsSandbox.Open(_server.Endpoint);
        string[] names = [.. Enumerable.Range(0, 2100).Select(i => $"many/{i:x4}")];
        await Parallel.ForEachAsync(names, Token, async (name, token) => await store.PutAsync(name, [1], cancellationToken: token));
        await store.PutAsync("other", [1], cancellationToken: Token);
        int before = _server.Requests.Count;

        Assert.Equal(names.Order(StringComparer.Ordinal), await store.NamesAsync("many/", Token));

        Assert.Equal(3, _server.Requests.Count - before);
        Assert.Equal("items(name,size,generation,updated),nextPageToken", _server.Requests.Last().Query("fields"));
    }

    [Fact]
    public async Task What_others_have_under_names_of_their_own_is_not_listed()
    {
        IBlobStore whole = GcsSandbox.Open(_server.Endpoint, "gs://bucket");
        using var http = new HttpClient();
        foreach (string name in (string[])["some/prefix/", "some/prefix//x", "some/prefix/a%3Ab", "some/prefixes/b", "some/prefix/good"])
            (await http.PostAsync(new Uri(_server.Endpoint, $"/upload/storage/v1/b/bucket/o?uploadType=media&name={name}"), new ByteArrayContent([1]), Token)).EnsureSuccessStatusCode();

        Assert.Equal(["good"], await GcsSandbox.Open(_server.Endpoint).NamesAsync("", Token));
        Assert.Equal(["some/prefix/good", "some/prefixes/b"], await whole.NamesAsync("", Token));
    }

    [Fact]
    public async Task Odd_names_and_prefixes_arrive_as_they_are()
    {
        IBlobStore store = GcsSandbox.Open(_server.Endpoint, "gs://bucket/a b+c/ü%2F");
        string[] names = ["a b", "a+b", "a%20b", "a%2Fb", "#?&=;", "x/~tilde", "(1)"];
        foreach (string name in names)
            await store.PutAsync(name, [1, 2], cancellationToken: Token);

        Assert.Equal(names.Order(StringComparer.Ordinal), await store.NamesAsync("", Token));
        foreach (string name in names)
            Assert.Equal([1, 2], await store.GetAsync(name, cancellationToken: Token));
    }

    [Fact]
    public async Task Storage_class_key_and_paying_project_are_passed_on()
    {
        await using GcsServer paying = GcsServer.Start(new GcsServerOptions { RequesterPays = true });
        var options = new Dictionary<string, string> { ["anonymous"] = "true", ["userproject"] = "payer", ["kmskey"] = "projects/p/key", ["storageclass"] = "NEARLINE" };
        IBlobStore store = RemoteStores.Open(GcsSandbox.Context(paying.Endpoint, options));
        await store.PutAsync("name", [1], cancellationToken: Token);
        Assert.NotNull(await store.StatAsync("name", Token));

        Assert.Equal("projects/p/key", paying.Requests.First().Query("kmsKeyName"));
        Assert.All(paying.Requests, request => Assert.Equal("payer", request.Query("userProject")));
        using var http = new HttpClient();
        Assert.Contains("NEARLINE", await http.GetStringAsync(new Uri(paying.Endpoint, "/storage/v1/b/bucket/o/some%2Fprefix%2Fname?userProject=x"), Token), StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<RemoteException>(() => GcsSandbox.Open(paying.Endpoint).StatAsync("name", Token));
        Assert.Contains("requester pays", error.Message, StringComparison.Ordinal);
        Assert.Contains("userproject", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delete_with_a_token_of_another_store_deletes_nothing()
    {
        IBlobStore store = GcsSandbox.Open(_server.Endpoint);
        await store.PutAsync("name", [1], cancellationToken: Token);

        Assert.False(await store.DeleteAsync("name", "\"etag\"", Token));
        Assert.False(await store.DeleteAsync("name", "1", Token));
        Assert.NotNull(await store.StatAsync("name", Token));
    }

    [Theory]
    [InlineData("http://storage.example.com", false)]
    [InlineData("http://storage.example.com", true)]
    [InlineData("https://storage.example.com", true)]
    public void No_credentials_go_over_plain_http(string endpoint, bool anonymous)
    {
        var options = new Dictionary<string, string> { ["endpoint"] = endpoint, ["anonymous"] = anonymous ? "true" : "false" };

        if (anonymous)
            Assert.NotNull(RemoteStores.Open(GcsSandbox.Context(null, options)));
        else
            Assert.Contains("plain http", Assert.Throws<UsageException>(() => RemoteStores.Open(GcsSandbox.Context(null, options))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_anonymous_remote_with_credentials_is_a_contradiction() => Assert.Throws<UsageException>(
        () => RemoteStores.Open(GcsSandbox.Context(_server.Endpoint, new() { ["anonymous"] = "true", ["token"] = "t" })));

    [Fact]
    public async Task An_emulator_is_asked_without_credentials()
    {
        RemoteContext context = GcsSandbox.Context(null, variables: new() { ["STORAGE_EMULATOR_HOST"] = $"127.0.0.1:{_server.Port}" });
        IBlobStore store = RemoteStores.Open(context);

        await store.PutAsync("name", [1], cancellationToken: Token);

        Assert.Equal("anonymous (environment variable STORAGE_EMULATOR_HOST)", store.Access);
    }
}
