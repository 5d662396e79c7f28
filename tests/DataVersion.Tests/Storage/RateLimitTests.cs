using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Storage;

public sealed class RateLimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_take_the_time_that_the_limit_says()
    {
        var clock = new InstantClock();
        var store = new RateLimitedBlobStore(new MemoryBlobStore(), new RateLimit(1024 * 1024, clock));
        DateTimeOffset start = clock.GetUtcNow();

        await store.WriteAsync("a", new BytesContent(new byte[5 * 1024 * 1024]), WriteMode.IfAbsent, Token);
        await store.GetAsync("a", cancellationToken: Token);

        Assert.InRange((clock.GetUtcNow() - start).TotalSeconds, 9.5, 10.5);
    }

    [Fact]
    public async Task Requests_without_contents_wait_for_nothing()
    {
        var clock = new InstantClock();
        var store = new RateLimitedBlobStore(new MemoryBlobStore(), new RateLimit(1, clock));
        DateTimeOffset start = clock.GetUtcNow();

        Assert.Null(await store.StatAsync("a", Token));
        Assert.Empty(await store.NamesAsync("", Token));
        Assert.False(await store.DeleteAsync("a", null, Token));

        Assert.Equal(start, clock.GetUtcNow());
    }
}
