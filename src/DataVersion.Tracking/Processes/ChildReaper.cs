using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace DataVersion.Tracking.Processes;

/// <summary>
/// Sees to it that a child's exit status reaches us, and that orphans leave no zombies where we are PID 1 (docs/decisions/0012-child-process.md).
/// Where .NET runs as PID 1 its handler of SIGCHLD reaps every process, ours too, and its exit code would be lost; where SIGCHLD is ignored, the
/// kernel does the same. In these two cases SIGCHLD has its default action while this object lives, and as PID 1 the orphans are reaped here.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed unsafe class ChildReaper : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BarrierPatience = TimeSpan.FromSeconds(1);

    private readonly bool _isInit;
    private readonly Lock _lock = new();
    private Timer? _sweeps;
    private PosixSignalRegistration? _registration;
    private byte* _savedAction;
    private int _protected;

    public ChildReaper(bool isInit)
    {
        _isInit = isInit;
        if (isInit)
            // .NET installs its handler at the first use of Process or Console; once installed it is not installed again over ours.
            _registration = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => { });
        _savedAction = (byte*)NativeMemory.AllocZeroed(Posix.StructBytes);
        if (Posix.SignalAction(Posix.SignalChild, null, _savedAction) != 0 || !(isInit || IsIgnored(_savedAction)))
        {
            Forget();
            return;
        }
        _ = Posix.SetSignal(Posix.SignalChild, 0);
        if (isInit)
            AwaitSignalThread();
    }

    /// <summary>Names the child that only its own thread reaps; from now on orphans are reaped.</summary>
    public void Protect(int id)
    {
        _protected = id;
        if (_isInit)
            _sweeps = new Timer(_ => SweepOnTime(), null, SweepInterval, SweepInterval);
    }

    /// <summary>Reaps what belongs to a group of which no member was started by System.Diagnostics.Process.</summary>
    public static void ReapGroup(int group)
    {
        while (Posix.WaitProcess(-group, out _, Posix.WaitNoHang) > 0)
        {
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            // A sweep that came after the next child's start would not know it.
            _sweeps?.Dispose();
            _sweeps = null;
        }
        if (_savedAction is not null)
        {
            _ = Posix.SignalAction(Posix.SignalChild, _savedAction, null);
            Forget();
            // What ended in the meantime: .NET looks at its own children now, and as PID 1 takes the orphans as well.
            if (_isInit)
                _ = Posix.Kill(Environment.ProcessId, Posix.SignalChild);
        }
        if (_isInit)
            Sweep();
        _registration?.Dispose();
        _registration = null;
    }

    private void Forget()
    {
        NativeMemory.Free(_savedAction);
        _savedAction = null;
    }

    /// <summary>The handler is the first field, or a union that is the first field, of struct sigaction of Linux, macOS and the BSDs; 1 is SIG_IGN.</summary>
    private static bool IsIgnored(byte* action) => *(nint*)action == 1;

    /// <summary>
    /// Waits until .NET's signal thread has worked off the SIGCHLDs that came before: it takes signals one after another, so one more signal, of
    /// a kind without effect, comes last.
    /// </summary>
    private static void AwaitSignalThread()
    {
        using var reached = new ManualResetEventSlim();
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => TrySet(reached));
        _ = Posix.Kill(Environment.ProcessId, Posix.SignalContinue);
        reached.Wait(BarrierPatience);
    }

    private static void TrySet(ManualResetEventSlim reached)
    {
        try
        {
            reached.Set();
        }
        catch (ObjectDisposedException)
        {
            // It took longer than anybody waits.
        }
    }

    private void SweepOnTime()
    {
        lock (_lock)
        {
            if (_sweeps is not null)
                Sweep();
        }
    }

    /// <summary>
    /// Reaps dead orphans. Processes of our own group are left alone: System.Diagnostics.Process may have started them, and .NET ends the whole program
    /// if somebody else reaps one of its children.
    /// </summary>
    private void Sweep()
    {
        byte* information = stackalloc byte[Posix.StructBytes];
        new Span<byte>(information, Posix.StructBytes).Clear();
        const int SignalNumber = 0;
        int options = Posix.WaitExited | Posix.WaitNoHang | Posix.WaitNoReap;
        if (Posix.WaitId(Posix.IdAll, 0, information, options) != 0 || ((int*)information)[SignalNumber] == 0)
            return;
        int ownGroup = Posix.GroupOf(0);
        foreach (int id in ProcessIds())
        {
            if (id != _protected && id != Environment.ProcessId && Posix.GroupOf(id) is var group && group != ownGroup && group >= 0)
                // Fails where it is no child of ours, and returns at once where it lives.
                _ = Posix.WaitProcess(id, out _, Posix.WaitNoHang);
        }
    }

    private static List<int> ProcessIds()
    {
        var ids = new List<int>();
        try
        {
            foreach (string folder in Directory.EnumerateDirectories("/proc"))
            {
                if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                    ids.Add(id);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc, no sweep: zombies stay until the container ends.
        }
        return ids;
    }
}
