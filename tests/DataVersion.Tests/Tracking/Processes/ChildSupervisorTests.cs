using System.Diagnostics;
using System.Globalization;
using DataVersion.Tracking.Processes;
using Xunit;

namespace DataVersion.Tests.Tracking.Processes;

public sealed class ChildSupervisorTests : IDisposable
{
    private const string TrapTerm = "trap 'echo got >got; exit 7' TERM; echo ready >ready; while :; do sleep 0.05; done";
    private const string Stubborn = "trap '' TERM INT; echo ready >ready; while :; do sleep 0.05; done";

    private readonly ChildBox _box = new();

    public ChildSupervisorTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "signals of Linux");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData(ForwardedSignal.Terminate), InlineData(ForwardedSignal.Interrupt), InlineData(ForwardedSignal.Hangup), InlineData(ForwardedSignal.Quit)]
    [InlineData(ForwardedSignal.User1), InlineData(ForwardedSignal.User2)]
    public async Task A_signal_reaches_the_child(ForwardedSignal signal)
    {
        Task<SupervisedExit> run = _box.RunAsync("sh", "-c", "echo ready >ready; exec sleep 60");
        await _box.FileAsync("ready");
        _box.Relay.Deliver(signal);
        SupervisedExit exit = await run;
        Assert.Equal(signal.Number(), exit.Exit.Signal);
        Assert.Equal(signal.IsStop() ? signal : null, exit.StoppedBy);
        Assert.False(exit.Killed);
    }

    [Fact]
    public async Task A_change_of_the_window_reaches_the_child()
    {
        Task<SupervisedExit> run = _box.RunAsync(
            "python3", "-c", "import signal\nsignal.signal(signal.SIGWINCH, lambda *_: exit(9))\nopen('ready','w').write('x\\n')\nwhile 1: signal.pause()");
        await _box.FileAsync("ready");
        _box.Relay.Deliver(ForwardedSignal.WindowChange);
        Assert.Equal(9, (await run).Exit.Code);
    }

    [Fact]
    public async Task A_signal_reaches_grandchildren_and_the_childs_own_code_counts()
    {
        Task<SupervisedExit> run = _box.ShellAsync($"sh -c \"trap 'echo bye >bye; exit' TERM; echo >up; while :; do sleep 0.05; done\" & {TrapTerm}");
        await _box.FileAsync("ready");
        await _box.FileAsync("up");
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        Assert.Equal(7, (await run).Exit.ShellCode);
        Assert.Equal("got", await _box.FileAsync("got"));
        Assert.Equal("bye", await _box.FileAsync("bye"));
    }

    [Fact]
    public async Task A_signal_that_came_before_the_child_is_passed_on()
    {
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        SupervisedExit exit = await _box.RunAsync("sleep", "60");
        Assert.Equal(15, exit.Exit.Signal);
        Assert.Equal(ForwardedSignal.Terminate, exit.StoppedBy);
    }

    [Fact]
    public async Task The_end_of_the_grace_kills()
    {
        _box.Options = _box.Options with { Grace = TimeSpan.FromMilliseconds(300) };
        Task<SupervisedExit> run = _box.ShellAsync(Stubborn);
        await _box.FileAsync("ready");
        var watch = Stopwatch.StartNew();
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        SupervisedExit exit = await run;
        Assert.Equal((137, true, ForwardedSignal.Terminate), (exit.Exit.ShellCode, exit.Killed, exit.StoppedBy));
        Assert.InRange(watch.ElapsedMilliseconds, 280, 20_000);
    }

    [Theory]
    [InlineData(ForwardedSignal.Terminate), InlineData(ForwardedSignal.Interrupt)]
    public async Task A_second_signal_kills_at_once(ForwardedSignal second)
    {
        Task<SupervisedExit> run = _box.ShellAsync(Stubborn);
        await _box.FileAsync("ready");
        _box.Relay.Deliver(ForwardedSignal.Interrupt);
        _box.Relay.Deliver(second);
        SupervisedExit exit = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal((137, true, ForwardedSignal.Interrupt), (exit.Exit.ShellCode, exit.Killed, exit.StoppedBy));
    }

    [Fact]
    public async Task Other_signals_neither_start_the_grace_nor_count_as_second()
    {
        int stops = 0;
        _box.Options = _box.Options with { Grace = TimeSpan.FromMilliseconds(1), OnStopping = (_, _) => Task.FromResult(Interlocked.Increment(ref stops)) };
        Task<SupervisedExit> run = _box.ShellAsync("trap 'echo usr >usr' USR1; trap '' HUP; echo ready >ready; while ! [ -e stop ]; do sleep 0.02; done; exit 3");
        await _box.FileAsync("ready");
        _box.Relay.Deliver(ForwardedSignal.User1);
        _box.Relay.Deliver(ForwardedSignal.Hangup);
        await _box.FileAsync("usr");
        await File.WriteAllTextAsync(_box.At("stop"), "", Token);
        SupervisedExit exit = await run;
        Assert.Equal((3, null, false, 0), (exit.Exit.ShellCode, exit.StoppedBy, exit.Killed, stops));
    }

    [Fact]
    public async Task The_caller_hears_of_the_first_stop_once_and_may_work_on_after_the_child()
    {
        var heard = new List<ForwardedSignal>();
        var exited = new TaskCompletionSource();
        _box.Options = _box.Options with
        {
            OnStopping = async (signal, token) =>
            {
                heard.Add(signal);
                await _box.FileAsync("got");
                await Task.Delay(100, token);
                exited.SetResult();
            },
        };
        Task<SupervisedExit> run = _box.ShellAsync(TrapTerm);
        await _box.FileAsync("ready");
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        SupervisedExit exit = await run;
        Assert.True(exited.Task.IsCompletedSuccessfully);
        Assert.Equal([ForwardedSignal.Terminate], heard);
        Assert.Null(exit.StoppingError);
    }

    [Fact]
    public async Task A_callback_that_fails_or_never_ends_does_not_cost_the_exit_code()
    {
        _box.Options = _box.Options with { OnStopping = (_, _) => throw new InvalidOperationException("boom") };
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        SupervisedExit exit = await _box.RunAsync("sleep", "60");
        Assert.Equal("boom", Assert.IsType<InvalidOperationException>(exit.StoppingError).Message);

        _box.Options = _box.Options with { Grace = TimeSpan.FromMilliseconds(200), OnStopping = (_, token) => Task.Delay(Timeout.Infinite, token) };
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        exit = await _box.RunAsync("sleep", "60").WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal((143, false), (exit.Exit.ShellCode, exit.Killed));
        Assert.IsAssignableFrom<OperationCanceledException>(exit.StoppingError);
    }

    [Fact]
    public async Task What_the_child_leaves_behind_ends_with_it()
    {
        Task<SupervisedExit> run = _box.ShellAsync("sleep 60 & echo $! >one; sh -c \"trap '' TERM; while :; do sleep 0.05; done\" & echo $! >two; exit 4");
        SupervisedExit exit = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal((4, false), (exit.Exit.ShellCode, exit.Killed));
        Assert.False(ChildBox.IsAlive(int.Parse(await _box.FileAsync("one"), CultureInfo.InvariantCulture)));
        Assert.False(ChildBox.IsAlive(int.Parse(await _box.FileAsync("two"), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_kill_takes_the_grandchildren_along()
    {
        Task<SupervisedExit> run = _box.ShellAsync($"sh -c \"trap '' TERM INT; while :; do sleep 0.05; done\" & echo $! >one; {Stubborn}");
        await _box.FileAsync("ready");
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        Assert.Equal(137, (await run).Exit.ShellCode);
        Assert.False(ChildBox.IsAlive(int.Parse(await _box.FileAsync("one"), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task At_a_terminal_what_the_terminal_sends_is_not_sent_twice()
    {
        _box.NewGroup = false;
        Task<SupervisedExit> run = _box.ShellAsync("trap 'echo int >int' INT; trap 'exit 6' TERM; echo ready >ready; while :; do sleep 0.05; done");
        await _box.FileAsync("ready");
        _box.Relay.Deliver(ForwardedSignal.Quit);
        _box.Relay.Deliver(ForwardedSignal.Terminate);
        SupervisedExit exit = await run;
        Assert.Equal((6, ForwardedSignal.Terminate), (exit.Exit.ShellCode, exit.StoppedBy));

        File.Delete(_box.At("ready"));
        _box.Options = _box.Options with { Grace = TimeSpan.FromMilliseconds(300) };
        run = _box.ShellAsync("trap 'echo int >int' INT; echo ready >ready; while :; do sleep 0.05; done");
        await _box.FileAsync("ready");
        _box.Relay.Deliver(ForwardedSignal.Interrupt);
        exit = await run;
        Assert.Equal((true, ForwardedSignal.Interrupt), (exit.Killed, exit.StoppedBy));
        Assert.False(File.Exists(_box.At("int")));
    }

    [Fact]
    public async Task Cancelling_kills_the_child_and_its_group()
    {
        using var source = new CancellationTokenSource();
        int id = 0;
        SupervisorOptions options = _box.Options with { OnStarted = started => id = started };
        Task<SupervisedExit> run = ChildSupervisor.RunAsync(_box.Start("sh", "-c", Stubborn), options, _box.Relay, source.Token);
        await _box.FileAsync("ready");
        Assert.True(ChildBox.IsAlive(id));
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(ChildBox.IsAlive(id));
    }

    [Fact]
    public async Task A_caller_that_fails_at_the_start_leaves_no_child()
    {
        int id = 0;
        _box.Options = _box.Options with { OnStarted = started => throw new InvalidOperationException($"{id = started}") };
        await Assert.ThrowsAsync<InvalidOperationException>(() => _box.RunAsync("sleep", "60"));
        Assert.NotEqual(0, id);
        Assert.False(ChildBox.IsAlive(id));
    }
}
