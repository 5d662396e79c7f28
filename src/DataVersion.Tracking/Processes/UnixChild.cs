using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace DataVersion.Tracking.Processes;

/// <summary>
/// A child of <see cref="UnixSpawn"/>. A thread of its own waits for it: .NET reaps only what System.Diagnostics.Process started
/// (and as PID 1 everything, see <see cref="ChildReaper"/>).
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixChild : IRunningChild
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<ChildExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChildReaper _reaper;
    private readonly bool _hasGroup;
    private bool _reaped;

    private UnixChild(int id, bool hasGroup, ChildReaper reaper)
    {
        Id = id;
        _hasGroup = hasGroup;
        _reaper = reaper;
    }

    public int Id { get; }

    public Task<ChildExit> Exited => _exited.Task;

    private int Target => _hasGroup ? -Id : Id;

    /// <summary>Starts the child; see <see cref="UnixSpawn.Start"/> for what is thrown.</summary>
    /// <param name="start">What to start.</param>
    /// <param name="isInit">True in the process with id 1, to which all orphans come.</param>
    public static (UnixChild? Child, ChildNotStarted? Problem) Start(ChildStart start, bool isInit)
    {
        var reaper = new ChildReaper(isInit);
        try
        {
            (int id, ChildNotStarted? problem) = UnixSpawn.Start(start);
            if (problem is not null)
            {
                reaper.Dispose();
                return (null, problem);
            }
            var child = new UnixChild(id, start.NewProcessGroup, reaper);
            reaper.Protect(id);
            new Thread(child.Wait) { IsBackground = true, Name = "child" }.Start();
            return (child, null);
        }
        catch
        {
            reaper.Dispose();
            throw;
        }
    }

    public void Send(ForwardedSignal signal) => Signal(signal.Number());

    public void Kill() => Signal(Posix.SignalKill);

    public async Task EndGroupAsync(TimeSpan patience, TimeProvider clock)
    {
        // The group was asked to end before its leader was reaped (Wait). As long as it has a member, its number is given to nobody else.
        if (!_hasGroup || await IsGroupGoneAsync(patience, clock))
            return;
        _ = Posix.Kill(-Id, Posix.SignalKill);
        await IsGroupGoneAsync(KillPatience, clock);
    }

    public void Dispose() => _reaper.Dispose();

    private async Task<bool> IsGroupGoneAsync(TimeSpan patience, TimeProvider clock)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            ChildReaper.ReapGroup(Id);
            if (Posix.Kill(-Id, 0) != 0)
                return true;
            if (clock.GetElapsedTime(start) >= patience)
                return false;
            await Task.Delay(Poll, clock, CancellationToken.None);
        }
    }

    private void Signal(int number)
    {
        // Under the lock, and only while the child is not reaped: its number cannot yet belong to a stranger.
        lock (_lock)
        {
            if (!_reaped)
                _ = Posix.Kill(Target, number);
        }
    }

    private void Wait()
    {
        while (WaitWithoutReaping() != 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted)
        {
        }
        int status;
        int result;
        lock (_lock)
        {
            if (_hasGroup)
                _ = Posix.Kill(-Id, Posix.SignalTerminate);
            do
                result = Posix.WaitProcess(Id, out status, 0);
            while (result < 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted);
            _reaped = true;
        }
        _exited.SetResult(result == Id ? ChildExit.FromWaitStatus(status) : new ChildExit(null, null));
    }

    private unsafe int WaitWithoutReaping()
    {
        byte* information = stackalloc byte[Posix.StructBytes];
        return Posix.WaitId(Posix.IdProcess, Id, information, Posix.WaitExited | Posix.WaitNoReap);
    }
}
