using System.Runtime.InteropServices;

namespace DataVersion.Cli;

/// <summary>SIGINT and SIGTERM: the first one cancels the command, the second one ends the process at once (which loses nothing that was finished).</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TextWriter _error;
    private int _first;

    internal Signals(TextWriter error)
    {
        _error = error;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    internal CancellationToken Token => _source.Token;

    /// <summary>128 + the number of the signal that came first.</summary>
    internal int ExitCode => _first == (int)PosixSignal.SIGTERM ? ExitCodes.Terminated : ExitCodes.Interrupted;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _first, (int)context.Signal, 0) != 0)
            Environment.Exit(ExitCode);
        _error.WriteLine("dv: stopping (once more to stop at once)");
        // Callbacks of the token may take long; the signal's thread must stay free for the second signal.
        _ = Task.Run(_source.Cancel);
    }
}
