using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Storage;

public sealed class RetryingBlobStoreTests
{
    private readonly InstantClock _clock = new();
    private readonly FaultyBlobStore _faulty = new(new MemoryBlobStore());
    private readonly RetryOptions _options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private RetryingBlobStore Store => field ??= new RetryingBlobStore(_faulty, _options, _clock, new Random(7));

    [Theory]
    [InlineData(Verb.Stat)]
    [InlineData(Verb.Read)]
    [InlineData(Verb.Write)]
    [InlineData(Verb.Delete)]
    [InlineData(Verb.List)]
    public async Task What_passes_is_tried_again(Verb verb)
    {
        await _faulty.PutAsync("name", [1, 2, 3], cancellationToken: Token);
        _faulty.On(verb, new Fault.Throws(Fault.Transient), times: _options.Attempts - 1);
        _faulty.ForgetCalls();

        await RequestAsync(verb);

        Assert.Equal(_options.Attempts, _faulty.Count(verb));
        Assert.Equal(_options.Attempts - 1, _clock.Waits.Count);
    }

    [Theory]
    [InlineData(Verb.Stat)]
    [InlineData(Verb.Read)]
    [InlineData(Verb.Write)]
    [InlineData(Verb.Delete)]
    public async Task Giving_up_shows_the_last_error(Verb verb)
    {
        _faulty.On(verb, new Fault.Throws(Fault.Transient), times: int.MaxValue);

        var error = await Assert.ThrowsAsync<RemoteException>(() => RequestAsync(verb));

        Assert.Contains("connection reset", error.Message, StringComparison.Ordinal);
        Assert.Equal(_options.Attempts, _faulty.Count(verb));
    }

    [Fact]
    public async Task What_stays_is_not_tried_again()
    {
        _faulty.On(Verb.Stat, new Fault.Throws(Fault.Denied));

        await Assert.ThrowsAsync<RemoteException>(() => Store.StatAsync("name", Token));
        await Assert.ThrowsAsync<BlobNotFoundException>(() => Store.OpenReadAsync("nothing", null, Token));

        Assert.Equal(1, _faulty.Count(Verb.Stat));
        Assert.Equal(1, _faulty.Count(Verb.Read));
        Assert.Empty(_clock.Waits);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.999)]
    public async Task Waits_are_a_random_share_of_a_bound_that_doubles(double share)
    {
        _faulty.On(Verb.Stat, new Fault.Throws(Fault.Transient), times: int.MaxValue);
        var options = new RetryOptions { Attempts = 9, BaseDelay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(3) };
        var store = new RetryingBlobStore(_faulty, options, _clock, new FixedRandom(share));

        await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("name", Token));

        int[] bounds = [100, 200, 400, 800, 1600, 3000, 3000, 3000];
        // Timers count whole milliseconds.
        Assert.Equal(bounds.Select(b => (int)(b * share)), _clock.Waits.Select(w => (int)w.TotalMilliseconds));
    }

    [Fact]
    public async Task A_remote_that_asks_to_wait_is_waited_for()
    {
        _faulty.On(Verb.Stat, new Fault.Throws(() => new RemoteException("s", "slow down") { IsTransient = true, RetryAfter = TimeSpan.FromSeconds(30) }));

        await Store.StatAsync("name", Token);

        Assert.InRange(Assert.Single(_clock.Waits), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30) + _options.BaseDelay);
    }

    [Fact]
    public async Task A_remote_that_asks_to_wait_for_hours_is_not_waited_for()
    {
        _faulty.On(Verb.Stat, new Fault.Throws(() => new RemoteException("s", "slow down") { IsTransient = true, RetryAfter = TimeSpan.FromHours(3) }));

        await Assert.ThrowsAsync<RemoteException>(() => Store.StatAsync("name", Token));

        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public void A_read_that_breaks_anywhere_goes_on_where_it_stopped() =>
        Prop.ForAll<byte[], NonNegativeInt[], bool>((bytes, breaks, ranged) =>
        {
            var faulty = new FaultyBlobStore(new MemoryBlobStore());
            faulty.PutAsync("name", bytes, cancellationToken: Token).Wait(Token);
            foreach (NonNegativeInt at in breaks)
                faulty.On(Verb.Read, new Fault.BreaksAfter(at.Get % 8 + 1, Fault.Transient));
            var store = new RetryingBlobStore(faulty, _options, new InstantClock(), new Random(1));
            ByteRange? range = ranged ? new ByteRange(bytes.Length / 3, bytes.Length / 3) : null;
            byte[] expected = ranged ? bytes.AsSpan(bytes.Length / 3, bytes.Length / 3).ToArray() : bytes;
            return store.GetAsync("name", range, Token).GetAwaiter().GetResult().SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task A_listing_that_breaks_tells_each_name_once()
    {
        string[] names = [.. Enumerable.Range(0, 50).Select(i => $"n/{i:00}")];
        foreach (string name in names)
            await _faulty.PutAsync(name, [1], cancellationToken: Token);
        foreach (int at in (int[])[0, 10, 10, 49])
            _faulty.On(Verb.List, new Fault.BreaksAfter(at, Fault.Transient));

        Assert.Equal(names, await Store.NamesAsync("n/", Token));
        Assert.Equal(5, _faulty.Count(Verb.List));
    }

    [Fact]
    public async Task Content_is_opened_anew_for_each_try()
    {
        _faulty.On(Verb.Write, new Fault.LosesAnswer(Fault.Transient));
        var content = new TestContent([1, 2, 3]);

        WriteOutcome outcome = await Store.WriteAsync("name", content, WriteMode.Overwrite, Token);

        Assert.Equal(WriteOutcome.Written, outcome);
        Assert.Equal(2, content.Opened);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        _faulty.On(Verb.Stat, new Fault.Throws(Fault.Transient), times: int.MaxValue);
        var store = new RetryingBlobStore(_faulty, _options, TimeProvider.System, new Random(1), _ => cancel.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.StatAsync("name", cancel.Token));

        Assert.Equal(1, _faulty.Count(Verb.Stat));
    }

    private Task RequestAsync(Verb verb) => verb switch
    {
        Verb.Stat => Store.StatAsync("name", Token),
        Verb.Read => Store.GetAsync("name", cancellationToken: Token),
        Verb.Write => Store.PutAsync("name", [1], WriteMode.Overwrite, Token),
        Verb.Delete => Store.DeleteAsync("name", null, Token),
        _ => Store.NamesAsync("", Token),
    };

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
