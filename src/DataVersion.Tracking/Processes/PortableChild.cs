using System.ComponentModel;
using System.Diagnostics;
using DataVersion.Objects;

namespace DataVersion.Tracking.Processes;

/// <summary>
/// A child of System.Diagnostics.Process, where <c>posix_spawn</c> cannot be had (Windows, old C libraries). It has no group of its own; on Windows signals
/// cannot be sent, and Ctrl-C reaches the child through the console that it shares with us.
/// </summary>
internal sealed class PortableChild : IRunningChild
{
    private readonly Process _process;

    private PortableChild(Process process)
    {
        _process = process;
        Id = process.Id;
        Exited = WaitAsync();
    }

    public int Id { get; }

    public Task<ChildExit> Exited { get; }

    /// <exception cref="FileAccessException">The working directory is missing, or the system refuses.</exception>
    public static (PortableChild? Child, ChildNotStarted? Problem) Start(ChildStart start)
    {
        if (!Directory.Exists(start.WorkingDirectory))
            throw new FileAccessException(start.WorkingDirectory, "no such folder to start the command in");
        (string? path, ChildNotStarted? problem) = CommandSearch.Find(start);
        if (path is null)
            return (null, problem);
        var info = new ProcessStartInfo(path) { UseShellExecute = false, WorkingDirectory = start.WorkingDirectory };
        foreach (string argument in start.Arguments)
            info.ArgumentList.Add(argument);
        info.Environment.Clear();
        foreach ((string name, string value) in start.Environment)
            info.Environment[name] = value;
        try
        {
            return (new PortableChild(Process.Start(info)!), null);
        }
        catch (Win32Exception e)
        {
            return (null, new ChildNotStarted(StartOutcome.NotExecutable, $"'{PathRules.Printable(start.FileName)}': {e.Message}"));
        }
    }

    public void Send(ForwardedSignal signal)
    {
        if (!OperatingSystem.IsWindows() && !_process.HasExited)
            _ = Posix.Kill(Id, signal.Number());
    }

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended, or ends.
        }
    }

    public Task EndGroupAsync(TimeSpan patience, TimeProvider clock) => Task.CompletedTask;

    public void Dispose() => _process.Dispose();

    private async Task<ChildExit> WaitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        return new ChildExit(_process.ExitCode, null);
    }
}
