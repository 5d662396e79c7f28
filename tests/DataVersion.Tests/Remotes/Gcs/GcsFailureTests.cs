using System.Net;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Gcs;

/// <summary>What the user is told, and what is tried again, where the service or the way to it fails.</summary>
public sealed class GcsFailureTests : IAsyncDisposable
{
    private readonly GcsServer _server = GcsServer.Start();
    private readonly FaultProxy _proxy;

    public GcsFailureTests() => _proxy = FaultProxy.ForHttp(_server.Port);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_not_an_object_that_is_not_there()
    {
        IBlobStore store = GcsSandbox.Open(_server.Endpoint, "gs://nowhere/prefix");

        foreach (Func<Task> request in RequestsTo(store))
        {
            var error = await Assert.ThrowsAsync<RemoteException>(request);
            Assert.True(error.IsPlaceMissing);
            Assert.Equal("remote 'gs://nowhere/prefix': there is no bucket 'nowhere'", error.Message);
        }
    }

    [Theory]
    [InlineData(401, "authError")]
    [InlineData(403, "forbidden")]
    public async Task A_refusal_says_what_the_service_says(int status, string reason)
    {
        _server.Refuse(status, reason, "robot@test does not have storage.objects access.", times: 100);

        foreach (Func<Task> request in RequestsTo(GcsSandbox.Open(_server.Endpoint)))
        {
            var error = await Assert.ThrowsAsync<RemoteException>(request);
            Assert.True(error.IsDenied);
            Assert.False(error.IsTransient);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Contains("robot@test does not have storage.objects access.", error.Hint, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(429, "rateLimitExceeded")]
    [InlineData(503, "backendError")]
    [InlineData(403, "userRateLimitExceeded")]
    public async Task A_service_that_wants_less_says_when_to_come_back(int status, string reason)
    {
        _server.Refuse(status, reason, "Slow down.", times: 100, retryAfterSeconds: 17);

        foreach (Func<Task> request in RequestsTo(GcsSandbox.Open(_server.Endpoint)))
        {
            var error = await Assert.ThrowsAsync<RemoteException>(request);
            Assert.True(error.IsTransient && error.IsThrottled);
            Assert.Equal(TimeSpan.FromSeconds(17), error.RetryAfter);
        }
    }

    [Theory]
    [InlineData(200)]
    [InlineData(302)]
    [InlineData(404)]
    public async Task A_web_page_is_not_taken_for_an_answer(int status)
    {
        _server.ShowPage(status, times: 100);

        foreach (Func<Task> request in RequestsTo(GcsSandbox.Open(_server.Endpoint)).SkipLast(status == 200 ? 1 : 0))
        {
            var error = await Assert.ThrowsAsync<RemoteException>(request);
            Assert.Contains("something that is not Google Cloud Storage", error.Message, StringComparison.Ordinal);
            Assert.False(error.IsTransient);
        }
    }

    [Fact]
    public async Task A_byte_that_changed_on_the_way_down_is_noticed_before_a_small_blob_is_seen()
    {
        IBlobStore store = GcsSandbox.Open(GcsSandbox.At(_proxy.Port));
        await store.PutAsync("name", GcsSandbox.Pattern(5000), cancellationToken: Token);
        _proxy.OnRequest(new ExchangeFault.FlipsByte(1234), times: 2);
        await using Stream stream = await store.OpenReadAsync("name", null, Token);

        var error = await Assert.ThrowsAsync<RemoteException>(() => stream.ReadExactlyAsync(new byte[5000], Token).AsTask());
        Assert.True(error.IsTransient);
        Assert.Contains("CRC32C", error.Message, StringComparison.Ordinal);

        // Once more, and right the third time.
        var retrying = new RetryingBlobStore(store, new RetryOptions(), new InstantClock(), new Random(1));
        Assert.Equal(GcsSandbox.Pattern(5000), await retrying.GetAsync("name", cancellationToken: Token));
    }

    [Fact]
    public async Task A_byte_that_changed_in_a_large_blob_is_noticed_at_its_end()
    {
        IBlobStore store = GcsSandbox.Open(GcsSandbox.At(_proxy.Port));
        await store.PutAsync("name", GcsSandbox.Pattern(3_000_000), cancellationToken: Token);
        _proxy.OnRequest(new ExchangeFault.FlipsByte(5));

        // Not transient: what was handed out cannot be taken back by reading on.
        Assert.False((await Assert.ThrowsAsync<RemoteException>(() => store.GetAsync("name", cancellationToken: Token))).IsTransient);
    }

    [Fact]
    public async Task A_read_that_breaks_off_goes_on_where_it_stopped()
    {
        IBlobStore store = GcsSandbox.Open(GcsSandbox.At(_proxy.Port));
        byte[] bytes = GcsSandbox.Pattern(2_000_000);
        await store.PutAsync("name", bytes, cancellationToken: Token);
        _proxy.OnRequest(new ExchangeFault.Truncates(700_000), times: 2);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => store.GetAsync("name", cancellationToken: Token))).IsTransient);

        var retrying = new RetryingBlobStore(store, new RetryOptions(), new InstantClock(), new Random(1));
        Assert.Equal(bytes, await retrying.GetAsync("name", cancellationToken: Token));
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_or_that_came_twice_is_done_once()
    {
        IBlobStore store = new RetryingBlobStore(GcsSandbox.Open(GcsSandbox.At(_proxy.Port)), new RetryOptions(), new InstantClock(), new Random(1));
        _proxy.OnRequest(new ExchangeFault.LosesAnswer());
        Assert.Equal(WriteOutcome.AlreadyThere, await store.PutAsync("lost", [1, 2], cancellationToken: Token));
        _proxy.OnRequest(new ExchangeFault.SentTwice());
        Assert.Equal(WriteOutcome.AlreadyThere, await store.PutAsync("twice", [3, 4], cancellationToken: Token));

        Assert.Equal([1, 2], await store.GetAsync("lost", cancellationToken: Token));
        Assert.Equal([3, 4], await store.GetAsync("twice", cancellationToken: Token));
    }

    [Fact]
    public async Task A_service_that_says_nothing_is_given_up()
    {
        IBlobStore store = GcsSandbox.Open(GcsSandbox.At(_proxy.Port), idle: TimeSpan.FromMilliseconds(200));
        _proxy.OnConnection(new ConnectionFault.Blackhole(), times: 100);

        foreach (Func<Task> request in RequestsTo(store))
        {
            var error = await Assert.ThrowsAsync<RemoteException>(request);
            Assert.True(error.IsTransient);
            Assert.Contains("no answer in time", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_slow_line_is_not_a_silent_one()
    {
        IBlobStore store = GcsSandbox.Open(GcsSandbox.At(_proxy.Port), idle: TimeSpan.FromSeconds(2));
        byte[] bytes = GcsSandbox.Pattern(1_300_000);
        await store.PutAsync("name", bytes, cancellationToken: Token);
        _proxy.Shape = new LineShape(RateDown: 400_000);

        // All of it takes longer than the service may be silent.
        Assert.Equal(bytes, await store.GetAsync("name", cancellationToken: Token));
    }

    [Fact]
    public async Task Nothing_listens()
    {
        await _server.DisposeAsync();

        var error = await Assert.ThrowsAsync<RemoteException>(() => GcsSandbox.Open(_server.Endpoint).StatAsync("name", Token));

        Assert.True(error.IsTransient);
        Assert.Contains("connection refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_and_stats_need_no_right_to_list()
    {
        IBlobStore store = GcsSandbox.Open(_server.Endpoint);
        await store.PutAsync("name", [7], cancellationToken: Token);
        _server.Refuse((int)HttpStatusCode.Forbidden, "forbidden", "no storage.objects.list", r => r.RawPath.EndsWith("/o", StringComparison.Ordinal), times: 100);

        Assert.Equal([7], await store.GetAsync("name", cancellationToken: Token));
        Assert.NotNull(await store.StatAsync("name", Token));
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => store.NamesAsync("", Token))).IsDenied);
    }

    // The last one is the delete, which a page of status 200 does not disturb.
    private static IEnumerable<Func<Task>> RequestsTo(IBlobStore store) =>
    [
        () => store.StatAsync("name", Token),
        () => store.OpenReadAsync("name", null, Token),
        () => store.GetAsync("name", new ByteRange(1, 2), Token),
        () => store.PutAsync("name", [1], cancellationToken: Token),
        () => store.NamesAsync("", Token),
        () => store.Parts!.BeginAsync("name", 1 << 20, 1 << 18, WriteMode.IfAbsent, Token),
        () => store.DeleteAsync("name", null, Token),
    ];
}
