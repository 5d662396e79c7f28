namespace DataVersion.Tracking.Processes;

/// <summary>The signals that are passed on to a child.</summary>
public enum ForwardedSignal
{
    /// <summary>SIGTERM: please end.</summary>
    Terminate,

    /// <summary>SIGINT: Ctrl-C.</summary>
    Interrupt,

    /// <summary>SIGHUP: the terminal is gone.</summary>
    Hangup,

    /// <summary>SIGQUIT: Ctrl-\.</summary>
    Quit,

    /// <summary>SIGUSR1.</summary>
    User1,

    /// <summary>SIGUSR2.</summary>
    User2,

    /// <summary>SIGWINCH: the terminal has another size.</summary>
    WindowChange,
}

/// <summary>Facts about <see cref="ForwardedSignal"/>.</summary>
public static class ForwardedSignals
{
    /// <summary>Every signal that is passed on.</summary>
    public static IReadOnlyList<ForwardedSignal> All { get; } = Enum.GetValues<ForwardedSignal>();

    /// <summary>The signal's number on this system: Linux's, or that of macOS and the BSDs. Also the raw value for <c>PosixSignalRegistration</c>.</summary>
    public static int Number(this ForwardedSignal signal) => signal switch
    {
        ForwardedSignal.Terminate => 15,
        ForwardedSignal.Interrupt => 2,
        ForwardedSignal.Hangup => 1,
        ForwardedSignal.Quit => 3,
        ForwardedSignal.User1 => OperatingSystem.IsLinux() ? 10 : 30,
        ForwardedSignal.User2 => OperatingSystem.IsLinux() ? 12 : 31,
        ForwardedSignal.WindowChange => 28,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    };

    /// <summary>True for the two that ask for an end: after them the grace runs.</summary>
    public static bool IsStop(this ForwardedSignal signal) => signal is ForwardedSignal.Terminate or ForwardedSignal.Interrupt;

    /// <summary>True for what a terminal sends to its whole foreground group by itself.</summary>
    internal static bool ComesFromTerminal(this ForwardedSignal signal) =>
        signal is ForwardedSignal.Interrupt or ForwardedSignal.Quit or ForwardedSignal.WindowChange;
}
