using DataVersion.Storage;
using Xunit;

namespace DataVersion.Tests.Storage;

public class TurnsTests
{
    private readonly Turns _turns = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_thing_is_done_at_a_time_in_order_and_failures_hold_up_nobody()
    {
        int atOnce = 0;
        var order = new List<int>();
        Task<int>[] all = [.. Enumerable.Range(0, 50).Select(i => _turns.TakeAsync(() => WorkAsync(i), Token))];

        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.WhenAll(all));

        Assert.Equal(Enumerable.Range(0, 50), order);
        Assert.Equal(Enumerable.Range(0, 50).Where(i => i % 7 == 3), Enumerable.Range(0, 50).Where(i => all[i].IsFaulted));

        async Task<int> WorkAsync(int i)
        {
            Assert.Equal(1, Interlocked.Increment(ref atOnce));
            await Task.Yield();
            order.Add(i);
            Assert.Equal(0, Interlocked.Decrement(ref atOnce));
            return i % 7 == 3 ? throw new InvalidOperationException("this one") : i;
        }
    }

    [Fact]
    public async Task What_is_cancelled_while_it_waits_is_not_begun()
    {
        var first = new TaskCompletionSource<int>();
        using var stop = new CancellationTokenSource();
        bool begun = false;
        Task<int> one = _turns.TakeAsync(() => first.Task, Token);
        Task<int> two = _turns.TakeAsync(() => Task.FromResult(begun = true).ContinueWith(_ => 2, Token), stop.Token);
        Task<int> three = _turns.TakeAsync(() => Task.FromResult(3), Token);

        await stop.CancelAsync();
        Assert.False(three.IsCompleted);
        first.SetResult(1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => two);
        Assert.Equal((1, 3, false), (await one, await three, begun));
    }
}
