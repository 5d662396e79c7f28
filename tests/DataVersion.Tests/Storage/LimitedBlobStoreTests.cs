using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Storage;

public sealed class LimitedBlobStoreTests
{
    private readonly FaultyBlobStore _inner = new(new MemoryBlobStore());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_requests_run_at_once_than_allowed()
    {
        using var store = new LimitedBlobStore(_inner, 3);
        await Parallel.ForAsync(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 20, CancellationToken = Token }, async (i, token) =>
        {
            await store.PutAsync($"n/{i}", [1, 2, 3], cancellationToken: token);
            await store.GetAsync($"n/{i}", cancellationToken: token);
            await store.StatAsync($"n/{i}", token);
        });

        Assert.InRange(_inner.MostAtOnce, 1, 3);
    }

    [Fact]
    public async Task An_open_read_holds_its_connection_until_it_is_closed()
    {
        using var store = new LimitedBlobStore(_inner, 1);
        await store.PutAsync("name", [1], cancellationToken: Token);
        Stream stream = await store.OpenReadAsync("name", null, Token);

        Task<BlobInfo?> waiting = store.StatAsync("name", Token);
        Assert.False(waiting.IsCompleted);
        await stream.DisposeAsync();
        await stream.DisposeAsync();

        Assert.NotNull(await waiting);
        // Closing twice gave back one connection, not two.
        await using Stream second = await store.OpenReadAsync("name", null, Token);
        Assert.False(store.StatAsync("name", Token).IsCompleted);
    }

    [Fact]
    public async Task A_failed_request_gives_its_connection_back()
    {
        using var store = new LimitedBlobStore(_inner, 1);
        _inner.On(Verb.Stat, new Fault.Throws(Fault.Denied)).On(Verb.Write, new Fault.Throws(Fault.Denied)).On(Verb.List, new Fault.Throws(Fault.Denied));

        await Assert.ThrowsAsync<BlobNotFoundException>(() => store.OpenReadAsync("nothing", null, Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("name", Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("name", [1], cancellationToken: Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.NamesAsync("", Token));

        Assert.Null(await store.StatAsync("name", Token));
    }

    [Fact]
    public async Task What_a_listing_names_can_be_read_while_it_goes_on()
    {
        using var store = new LimitedBlobStore(_inner, 1);
        await store.PutAsync("a", [1], cancellationToken: Token);
        await store.PutAsync("b", [2], cancellationToken: Token);

        int read = 0;
        await foreach (BlobInfo blob in store.ListAsync("", Token))
            read += (await store.GetAsync(blob.Name, cancellationToken: Token)).Length;

        Assert.Equal(2, read);
    }

    [Fact]
    public async Task A_retry_that_waits_holds_no_connection()
    {
        using var limited = new LimitedBlobStore(_inner, 1);
        await _inner.PutAsync("name", [1, 2, 3], cancellationToken: Token);
        _inner.On(Verb.Read, new Fault.BreaksAfter(1, Fault.Transient));
        BlobInfo? seenWhileWaiting = null;
        var store = new RetryingBlobStore(limited, new RetryOptions(), new InstantClock(), new Random(1),
            _ => seenWhileWaiting = limited.StatAsync("name", Token).GetAwaiter().GetResult());

        Assert.Equal([1, 2, 3], await store.GetAsync("name", cancellationToken: Token));

        Assert.NotNull(seenWhileWaiting);
    }
}
