namespace DataVersion.Tracking.Processes;

/// <summary>
/// Runs a child to its end: passes signals on, gives it a grace after the first SIGTERM or SIGINT, kills it after that or with the second one, and leaves
/// nothing of its group behind.
/// </summary>
public static class ChildSupervisor
{
    /// <summary>Starts the child and waits until it, and what it left behind, has ended.</summary>
    /// <param name="start">What to start.</param>
    /// <param name="options">How to watch over it.</param>
    /// <param name="relay">Where this program's signals come from. What was delivered before is passed on once the child runs.</param>
    /// <param name="cancellationToken">Kills the child and its group at once. A friendly end is a signal through <paramref name="relay"/>.</param>
    /// <exception cref="UsageException">The command, an argument or a variable is one that no program can be given.</exception>
    /// <exception cref="FileAccessException">The working directory is missing, or the system cannot start another process.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the child has ended.</exception>
    public static async Task<SupervisedExit> RunAsync(
        ChildStart start, SupervisorOptions options, SignalRelay relay, CancellationToken cancellationToken)
    {
        start.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        (IRunningChild? running, ChildNotStarted? problem) = Start(start, options.IsInit);
        if (running is null)
            return new SupervisedExit(problem!.Outcome, problem.Exit, null, Killed: false, problem.Problem, null);
        using IRunningChild child = running;
        using var stop = new ChildStop(child, options, sharesTerminal: !start.NewProcessGroup);
        // Subscribed to the end: a second signal also cuts the callback short.
        using IDisposable subscription = relay.Subscribe(stop.Handle);
        await using CancellationTokenRegistration cancellation =
            cancellationToken.UnsafeRegister(static state => ((IRunningChild)state!).Kill(), child);
        ChildExit exit = await WatchAsync(child, options);
        await child.EndGroupAsync(options.LeftoverPatience, options.Clock);
        Exception? stoppingError = await stop.FinishAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return new SupervisedExit(StartOutcome.Started, exit, stop.StoppedBy, stop.HasKilled, null, stoppingError);
    }

    private static async Task<ChildExit> WatchAsync(IRunningChild child, SupervisorOptions options)
    {
        try
        {
            options.OnStarted?.Invoke(child.Id);
        }
        catch
        {
            child.Kill();
            await child.Exited;
            throw;
        }
        return await child.Exited;
    }

    private static (IRunningChild? Child, ChildNotStarted? Problem) Start(ChildStart start, bool isInit)
    {
        if (!OperatingSystem.IsWindows())
        {
            try
            {
                return UnixChild.Start(start, isInit);
            }
            catch (EntryPointNotFoundException)
            {
                // An old C library, without posix_spawn_file_actions_addchdir_np.
            }
        }
        return PortableChild.Start(start);
    }
}
