using DataVersion.Tracking.Processes;
using Xunit;

namespace DataVersion.Tests.Tracking.Processes;

public sealed class SignalRelayTests
{
    [Fact]
    public void Every_listener_hears_every_signal_until_it_leaves()
    {
        var relay = new SignalRelay();
        var one = new List<ForwardedSignal>();
        var two = new List<ForwardedSignal>();
        IDisposable first = relay.Subscribe(one.Add);
        using (relay.Subscribe(two.Add))
        {
            relay.Deliver(ForwardedSignal.Hangup);
            first.Dispose();
            first.Dispose();
            relay.Deliver(ForwardedSignal.User1);
        }
        Assert.Equal([ForwardedSignal.Hangup], one);
        Assert.Equal([ForwardedSignal.Hangup, ForwardedSignal.User1], two);
    }

    [Fact]
    public void What_nobody_heard_is_kept_for_the_next_one_only()
    {
        var relay = new SignalRelay();
        relay.Deliver(ForwardedSignal.Terminate);
        relay.Deliver(ForwardedSignal.Interrupt);
        var first = new List<ForwardedSignal>();
        var second = new List<ForwardedSignal>();
        using (relay.Subscribe(first.Add))
        using (relay.Subscribe(second.Add))
        {
            Assert.Equal([ForwardedSignal.Terminate, ForwardedSignal.Interrupt], first);
            Assert.Empty(second);
        }
    }

    [Fact]
    public void Numbers_are_those_of_the_system()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "numbers of Linux");
        Assert.Equal([15, 2, 1, 3, 10, 12, 28], ForwardedSignals.All.Select(s => s.Number()));
    }
}
