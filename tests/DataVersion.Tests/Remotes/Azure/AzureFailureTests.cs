using DataVersion.Remotes;
using DataVersion.Remotes.Azure;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Azure;

/// <summary>Refusals, broken connections, and answers that are not Azure's.</summary>
public sealed class AzureFailureTests : IDisposable
{
    private readonly AzureBox _box = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    private async Task<RemoteException> FailsAsync(StaticHttpAnswer answer)
    {
        _box.Answer(answer);
        AzureBlobStore store = _box.Open();
        var error = await Assert.ThrowsAsync<RemoteException>(() => store.GetAsync("a", cancellationToken: Token));
        Assert.Equal("azure://data/pre/fix", error.Remote);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain(AzureBox.Key, $"{error.Message} {error.Hint}", StringComparison.Ordinal);
        Assert.Single(_box.Requests);
        return error;
    }

    [Theory]
    [InlineData(401, "NoAuthenticationInformation", false, true, false)]
    [InlineData(403, "AuthorizationPermissionMismatch", false, true, false)]
    [InlineData(404, "ResourceNotFound", false, true, false)]
    [InlineData(409, "PublicAccessNotPermitted", false, true, false)]
    [InlineData(429, "TooManyRequests", true, false, true)]
    [InlineData(500, "InternalError", true, false, false)]
    [InlineData(500, "OperationTimedOut", true, false, true)]
    [InlineData(503, "ServerBusy", true, false, true)]
    [InlineData(400, "InvalidUri", false, false, false)]
    public async Task Refusals_are_told_apart(int status, string code, bool transient, bool denied, bool throttled)
    {
        RemoteException error = await FailsAsync(AzureBox.Error(status, code).With("Retry-After", "7"));

        Assert.Equal((transient, denied, throttled), (error.IsTransient, error.IsDenied, error.IsThrottled));
        Assert.Equal(TimeSpan.FromSeconds(7), error.RetryAfter);
        Assert.Contains(code, error.Message, StringComparison.Ordinal);
        Assert.False(error.IsPlaceMissing);
    }

    [Fact]
    public async Task A_missing_container_is_told_apart_from_a_missing_blob()
    {
        Assert.True((await FailsAsync(AzureBox.Error(404, "ContainerNotFound"))).IsPlaceMissing);

        _box.Answer(AzureBox.Error(404, "BlobNotFound"), AzureBox.Error(404, "ContainerNotFound"), AzureBox.Error(404, "ContainerNotFound"));
        await Assert.ThrowsAsync<BlobNotFoundException>(() => _box.Open().GetAsync("a", cancellationToken: Token));
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => _box.Open().StatAsync("a", Token))).IsPlaceMissing);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => _box.Open().DeleteAsync("a", null, Token))).IsPlaceMissing);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_the_hint()
    {
        StaticHttpAnswer answer = AzureBox.Error(403, "AuthenticationFailed");
        answer.Headers.RemoveAll(h => h.Name == "Date");
        answer.With("Date", DateTimeOffset.UtcNow.AddMinutes(42).ToString("R"));

        Assert.Matches("clock is 4[12] minutes behind", (await FailsAsync(answer)).Hint);
    }

    [Fact]
    public async Task A_key_that_is_wrong_is_named_by_where_it_came_from() =>
        Assert.Contains("check option accountkey", (await FailsAsync(AzureBox.Error(403, "AuthenticationFailed"))).Hint, StringComparison.Ordinal);

    [Fact]
    public async Task A_token_that_has_expired_is_the_hint()
    {
        _box.Answer(AzureBox.Error(403, "AuthenticationFailed"));
        IBlobStore store = RemoteStores.Open(_box.Context(("sastoken", "?sv=2021-12-02&sp=r&se=2020-01-02T03%3A04%3A05Z&sig=top%2Fsecret")));

        var error = await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("a", Token));

        Assert.Contains("expired at 2020-01-02 03:04:05Z", error.Hint, StringComparison.Ordinal);
        Assert.Contains("sig=top%2Fsecret", Assert.Single(_box.Requests).Query, StringComparison.Ordinal);
        Assert.DoesNotContain("top", $"{error.Message} {error.Hint} {store.Access}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(302)]
    [InlineData(404)]
    public async Task A_web_server_that_is_not_Azure_is_told_as_such(int status)
    {
        _box.Otherwise = _ => StaticHttpAnswer.Text(status, "<html>Welcome</html>", "text/html").With("Location", "/login");
        AzureBlobStore store = _box.Open();

        foreach (Func<Task> request in (Func<Task>[])
        [
            () => store.StatAsync("a", Token),
            () => store.GetAsync("a", cancellationToken: Token),
            () => store.PutAsync("a", [1], cancellationToken: Token),
            () => store.NamesAsync("", Token),
            () => store.DeleteAsync("a", null, Token),
        ])
        {
            var error = await Assert.ThrowsAsync<RemoteException>(request);
            Assert.Contains("something that is not Azure Blob Storage", error.Message, StringComparison.Ordinal);
            Assert.False(error.IsTransient);
        }
    }

    [Fact]
    public async Task A_gateway_that_is_busy_is_only_busy()
    {
        _box.Answer(StaticHttpAnswer.Text(503, "<html>come back later</html>", "text/html"));

        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => _box.Open().StatAsync("a", Token))).IsThrottled);
    }

    [Fact]
    public async Task A_list_that_is_no_list_is_not_Azures()
    {
        _box.Answer((AzureBox.Ok() with { Body = "<EnumerationResults><Blobs><Blob"u8.ToArray() }).With("Content-Type", "application/xml"));

        var error = await Assert.ThrowsAsync<RemoteException>(() => _box.Open().NamesAsync("", Token));

        Assert.Contains("not Azure Blob Storage", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    public async Task A_body_that_breaks_off_ends_the_read_with_one_request(long cut)
    {
        _box.Answer((AzureBox.Ok() with { Body = new byte[100_000], CutAfter = cut }).With("Content-Type", "application/octet-stream"));

        var error = await Assert.ThrowsAsync<RemoteException>(() => _box.Open().GetAsync("a", cancellationToken: Token));

        Assert.True(error.IsTransient);
        Assert.Single(_box.Requests);
    }

    [Fact]
    public async Task A_broken_connection_is_told_once_and_left_to_the_retries_above()
    {
        AzureBlobStore store = _box.Open();
        _box.Otherwise = _ => new StaticHttpAnswer(0) { Hangup = true };
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("a", [1], cancellationToken: Token))).IsTransient);
        Assert.Equal(1, _box.Meter.Requests);

        _box.Dispose();
        Assert.Contains("connection refused", (await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("a", Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_that_ends_early_does_not_drain_the_blob()
    {
        _box.Answer((AzureBox.Ok() with { Body = new byte[1 << 20], Repeat = 4096 }).With("Content-Type", "application/octet-stream"));

        await using (Stream stream = await _box.Open().OpenReadAsync("a", null, Token))
            await stream.ReadExactlyAsync(new byte[1000], Token);

        Assert.InRange(_box.Server.Sent, 0, 64L << 20);
    }

    [Fact]
    public async Task Folders_of_a_hierarchical_account_are_no_blobs()
    {
        _box.Answer(AzureBox.Ok().With("x-ms-meta-hdi_isfolder", "true"), AzureBox.Ok().With("x-ms-meta-hdi_isfolder", "true"));
        Assert.Null(await _box.Open().StatAsync("folder", Token));
        await Assert.ThrowsAsync<BlobNotFoundException>(() => _box.Open().GetAsync("folder", cancellationToken: Token));

        const string Facts = "<Properties><Last-Modified>Fri, 20 Nov 2026 10:00:00 GMT</Last-Modified><Etag>0x8D</Etag><Content-Length>4</Content-Length><BlobType>BlockBlob</BlobType></Properties>";
        _box.Answer((AzureBox.Ok() with
        {
            Body = System.Text.Encoding.UTF8.GetBytes(
                "<?xml version=\"1.0\"?><EnumerationResults><Blobs>" +
                $"<Blob><Name>pre/fix/folder</Name>{Facts}<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>" +
                $"<Blob><Name>pre/fix/folder/a</Name>{Facts}</Blob>" +
                $"<Blob><Name>pre/fix/folder/A</Name>{Facts}</Blob></Blobs><NextMarker /></EnumerationResults>"),
        }).With("Content-Type", "application/xml"));
        var found = new List<BlobInfo>();
        var error = await Assert.ThrowsAsync<RemoteException>(async () =>
        {
            await foreach (BlobInfo blob in _box.Open().ListAsync("", Token))
                found.Add(blob);
        });

        Assert.Equal([new BlobInfo("folder/a", 4, new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero), "0x8D")], found);
        Assert.Contains("out of order", error.Message, StringComparison.Ordinal);
    }
}
