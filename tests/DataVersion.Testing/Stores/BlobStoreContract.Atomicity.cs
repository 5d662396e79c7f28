using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using Xunit;

namespace DataVersion.Testing.Stores;

// What must hold when writers race, break off or are cancelled.
public abstract partial class BlobStoreContract
{
    /// <summary>Whether the server may, for a moment, say that there is nothing where a blob is being overwritten; other bytes than the old or the new never come.</summary>
    protected virtual bool MayVanishWhileOverwritten => false;

    [Fact]
    public async Task Of_sixteen_writers_exactly_one_wins()
    {
        IBlobStore store = Create();
        Assert.SkipUnless(store.Traits.AtomicIfAbsent, "this store cannot decide between writers");

        for (int round = 0; round < 8; round++)
        {
            string name = $"race/{round}";
            using var start = new Barrier(16);
            Task<WriteOutcome>[] writers = [.. Enumerable.Range(0, 16).Select(i => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait(Token);
                return store.PutAsync(name, Pattern(5000, (byte)i), cancellationToken: Token);
            }, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())];
            WriteOutcome[] outcomes = await Task.WhenAll(writers);

            Assert.Single(outcomes, WriteOutcome.Written);
            Assert.Equal(Pattern(5000, (byte)Array.IndexOf(outcomes, WriteOutcome.Written)), await store.GetAsync(name, cancellationToken: Token));
        }
    }

    [Fact]
    public async Task Readers_see_one_version_or_the_other_while_it_is_overwritten()
    {
        IBlobStore store = Create();
        await store.PutAsync("name", Pattern(50_000, 0), cancellationToken: Token);

        Task writer = Task.Run(async () =>
        {
            for (int i = 1; i <= 40; i++)
                await store.PutAsync("name", Pattern(50_000 - i, (byte)i), WriteMode.Overwrite, Token);
        }, Token);
        do
        {
            byte[] bytes;
            try
            {
                bytes = await store.GetAsync("name", cancellationToken: Token);
            }
            catch (BlobNotFoundException) when (MayVanishWhileOverwritten)
            {
                continue;
            }
            Assert.Equal(Pattern(bytes.Length, (byte)(50_000 - bytes.Length)), bytes);
        }
        while (!writer.IsCompleted);
        await writer;
    }

    [Theory]
    [InlineData(WriteMode.IfAbsent)]
    [InlineData(WriteMode.Overwrite)]
    public async Task A_cancelled_write_leaves_nothing(WriteMode mode)
    {
        IBlobStore store = Create();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var content = new TestContent(Pattern(100_000), beforeRead: position =>
        {
            if (position > 20_000)
                cancel.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.WriteAsync("a/b", content, mode, cancel.Token));

        Assert.Null(await store.StatAsync("a/b", Token));
        Assert.Empty(await store.NamesAsync("", Token));
    }

    [Fact]
    public async Task A_request_that_is_cancelled_beforehand_does_nothing()
    {
        IBlobStore store = Create();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync("a", Pattern(3), cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.StatAsync("a", cancelled));
        Assert.Empty(await store.NamesAsync("", Token));
    }

    [Fact]
    public async Task Content_that_breaks_leaves_nothing_and_tells_its_own_error()
    {
        IBlobStore store = Create();
        var content = new TestContent(Pattern(100_000), beforeRead: position =>
        {
            if (position > 50_000)
                throw new ObjectCorruptException("sha256:00", "other", "in the cache");
        });

        await Assert.ThrowsAsync<ObjectCorruptException>(() => store.WriteAsync("a/b", content, WriteMode.IfAbsent, Token));

        Assert.Null(await store.StatAsync("a/b", Token));
        Assert.Empty(await store.NamesAsync("", Token));
    }

    [Theory]
    [InlineData(9_999)]
    [InlineData(10_001)]
    public async Task Content_that_is_not_as_long_as_it_says_leaves_what_was_there(int actual)
    {
        IBlobStore store = Create();
        await store.PutAsync("name", Pattern(7), cancellationToken: Token);

        await Assert.ThrowsAsync<FileChangedException>(
            () => store.WriteAsync("name", new TestContent(Pattern(actual), length: 10_000), WriteMode.Overwrite, Token));

        Assert.Equal(Pattern(7), await store.GetAsync("name", cancellationToken: Token));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Content_that_turns_out_to_be_other_bytes_leaves_what_was_there(int length)
    {
        IBlobStore store = Create();
        await store.PutAsync("name", Pattern(7), cancellationToken: Token);
        byte[] bytes = Pattern(length);
        ObjectId id = IdentityHash.Of(HashKind.Sha256, bytes);
        bytes[^1] ^= 1;

        await Assert.ThrowsAsync<ObjectCorruptException>(() => store.WriteAsync("name", new HashedOnTheWay(new BytesContent(bytes), id), WriteMode.Overwrite, Token));
        await Assert.ThrowsAsync<ObjectCorruptException>(() => store.WriteAsync("new", new HashedOnTheWay(new BytesContent(bytes), id), WriteMode.IfAbsent, Token));

        Assert.Equal(Pattern(7), await store.GetAsync("name", cancellationToken: Token));
        Assert.Equal(["name"], await store.NamesAsync("", Token));
    }

    [Fact]
    public async Task Content_can_be_written_twice()
    {
        IBlobStore store = Create();
        var content = new BytesContent(Pattern(20_000));

        await store.WriteAsync("one", content, WriteMode.IfAbsent, Token);
        await store.WriteAsync("two", content, WriteMode.IfAbsent, Token);

        Assert.Equal(await store.GetAsync("one", cancellationToken: Token), await store.GetAsync("two", cancellationToken: Token));
    }

    [Fact]
    public async Task Many_small_blobs_at_once_all_arrive()
    {
        IBlobStore store = Create();

        await Parallel.ForAsync(0, 300, Token, async (i, token) => await store.PutAsync($"many/{i % 16:x}/{i}", Pattern(i, (byte)i), cancellationToken: token));

        Assert.Equal(300, (await store.NamesAsync("many/", Token)).Count);
        for (int i = 0; i < 300; i += 37)
            Assert.Equal(Pattern(i, (byte)i), await store.GetAsync($"many/{i % 16:x}/{i}", cancellationToken: Token));
    }
}
