using DataVersion.Storage;
using DataVersion.Testing;
using Xunit;

namespace DataVersion.Tests.Storage;

public sealed class AdaptiveGateTests
{
    private readonly SteppedClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_grows_while_more_gets_done_by_it_and_stops_at_its_cap()
    {
        using var gate = new AdaptiveGate(40, _clock);
        Assert.Equal(AdaptiveGate.Start, gate.Limit);

        // A store that answers each request in one window: twice the requests, twice the work.
        for (int window = 0; window < 20; window++)
            await RunWindowAsync(gate, bytesEach: 1_000_000);

        Assert.Equal(40, gate.Limit);
    }

    [Fact]
    public async Task It_takes_back_a_step_that_brought_nothing()
    {
        using var gate = new AdaptiveGate(64, _clock);
        await RunWindowAsync(gate, bytesEach: 10_000_000);
        int grown = gate.Limit;
        Assert.True(grown > AdaptiveGate.Start);

        // A full link: however many requests share it, the same bytes pass.
        await RunWindowAsync(gate, bytesEach: 80_000_000L / grown);

        Assert.Equal(AdaptiveGate.Start, gate.Limit);
    }

    [Fact]
    public async Task It_halves_once_for_a_storm_of_refusals()
    {
        using var gate = new AdaptiveGate(64, _clock);

        for (int i = 0; i < 50; i++)
            gate.SlowDown();

        Assert.Equal(AdaptiveGate.Start / 2, gate.Limit);
        for (int i = 0; i < AdaptiveGate.Start / 2; i++)
            await gate.EnterAsync(Token);
        Assert.False(gate.EnterAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task Places_taken_when_it_shrinks_are_given_up_when_they_become_free()
    {
        using var gate = new AdaptiveGate(AdaptiveGate.Start, _clock);
        for (int i = 0; i < AdaptiveGate.Start; i++)
            await gate.EnterAsync(Token);

        gate.SlowDown();
        Task waiting = gate.EnterAsync(Token);
        for (int i = 0; i < AdaptiveGate.Start / 2; i++)
            gate.Leave();
        Assert.False(waiting.IsCompleted);
        gate.Leave();

        await waiting.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_takes_no_place()
    {
        using var gate = new AdaptiveGate(1, _clock);
        await gate.EnterAsync(Token);
        using var impatient = new CancellationTokenSource();
        Task waiting = gate.EnterAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        gate.Leave();

        await gate.EnterAsync(Token).WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task Without_anybody_waiting_it_does_not_grow()
    {
        using var gate = new AdaptiveGate(64, _clock);
        for (int window = 0; window < 10; window++)
        {
            await gate.EnterAsync(Token);
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            gate.AddBytes(1_000_000 * window);
            gate.Leave();
        }

        Assert.Equal(AdaptiveGate.Start, gate.Limit);
    }

    // As many requests as are admitted, with one more waiting, all done when the window ends.
    private async Task RunWindowAsync(AdaptiveGate gate, long bytesEach)
    {
        int limit = gate.Limit;
        for (int i = 0; i < limit; i++)
            await gate.EnterAsync(Token);
        Task waiting = gate.EnterAsync(Token);
        for (int i = 0; i < limit - 1; i++)
            gate.AddBytes(bytesEach);
        gate.Leave();
        await waiting;
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        gate.AddBytes(bytesEach);
        for (int i = 0; i < limit; i++)
            gate.Leave();
        // Past what the last of them began.
        _clock.Advance(TimeSpan.FromMilliseconds(1));
    }

    private sealed class SteppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
