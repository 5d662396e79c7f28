using System.Runtime.InteropServices;
using DataVersion.Tracking.Processes;

namespace DataVersion.Cli;

/// <summary>
/// SIGINT and SIGTERM: the first one cancels the command, the second one ends the process at once (which loses nothing that was finished). A command that
/// runs a child takes all signals over: from then on they go to its relay.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TextWriter _error;
    private int _first;
    private SignalRelay? _relay;

    internal Signals(TextWriter error)
    {
        _error = error;
        Register(ForwardedSignal.Interrupt);
        Register(ForwardedSignal.Terminate);
    }

    internal CancellationToken Token => _source.Token;

    /// <summary>128 + the number of the signal that came first.</summary>
    internal int ExitCode => _first == (int)ForwardedSignal.Terminate + 1 ? ExitCodes.Terminated : ExitCodes.Interrupted;

    /// <summary>From now on every signal that can be passed on goes here, and cancels nothing.</summary>
    internal SignalRelay TakeOver()
    {
        var relay = new SignalRelay();
        Volatile.Write(ref _relay, relay);
        foreach (ForwardedSignal signal in ForwardedSignals.All.Where(s => !s.IsStop()))
            Register(signal);
        return relay;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Register(ForwardedSignal signal)
    {
        PosixSignal raw = signal switch
        {
            ForwardedSignal.Interrupt => PosixSignal.SIGINT,
            ForwardedSignal.Terminate => PosixSignal.SIGTERM,
            ForwardedSignal.Hangup => PosixSignal.SIGHUP,
            ForwardedSignal.Quit => PosixSignal.SIGQUIT,
            _ => (PosixSignal)signal.Number(),
        };
        // Windows knows the first four only.
        if (OperatingSystem.IsWindows() && (int)raw > 0)
            return;
        _registrations.Add(PosixSignalRegistration.Create(raw, context => Handle(context, signal)));
    }

    private void Handle(PosixSignalContext context, ForwardedSignal signal)
    {
        context.Cancel = true;
        if (Volatile.Read(ref _relay) is { } relay)
        {
            relay.Deliver(signal);
            return;
        }
        if (Interlocked.CompareExchange(ref _first, (int)signal + 1, 0) != 0)
            Environment.Exit(ExitCode);
        _error.WriteLine("dv: stopping (once more to stop at once)");
        // Callbacks of the token may take long; the signal's thread must stay free for the second signal.
        _ = Task.Run(_source.Cancel);
    }
}
