using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>A program that was started, and that is sent signals.</summary>
internal sealed class RunningDv : IDisposable
{
    private readonly Sandbox _sandbox;
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private RunningDv(Sandbox sandbox, Process process)
    {
        (_sandbox, _process) = (sandbox, process);
        _output = process.StandardOutput.ReadToEndAsync(Cancel);
        _errors = process.StandardError.ReadToEndAsync(Cancel);
    }

    /// <summary>The number of the process that was started.</summary>
    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts dv.</summary>
    public static RunningDv Start(Sandbox sandbox, string folder, string[] arguments, params (string Name, string Value)[] variables) =>
        // A suite that a shell started in the background has SIGINT ignored, and every child inherits that (POSIX, "Asynchronous Lists").
        StartProgram(sandbox, folder, ["env", "--default-signal=INT,TERM,HUP,USR1", DvProgram.FilePath, .. arguments], variables);

    /// <summary>Starts any program.</summary>
    public static RunningDv StartProgram(Sandbox sandbox, string folder, string[] command, params (string Name, string Value)[] variables) =>
        new(sandbox, sandbox.Start(command[0], folder, command[1..], variables));

    /// <summary>Waits for a file, or fails if the program ends before.</summary>
    public async Task AwaitFileAsync(string path)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(path))
        {
            Assert.False(_process.HasExited, _process.HasExited ? $"ended before '{Path.GetFileName(path)}' was there: {await EndAsync()}" : "");
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"'{Path.GetFileName(path)}' was not there after a minute");
            await Task.Delay(5, Cancel);
        }
    }

    /// <summary>Sends a signal.</summary>
    public Task SignalAsync(string signal) => SignalAsync(signal, Id);

    /// <summary>Sends a signal to another process.</summary>
    public async Task SignalAsync(string signal, int id)
    {
        Ran sent = await _sandbox.RunAsync("kill", _sandbox.Root, [$"-{signal}", id.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(sent.ExitCode == 0, sent.ToString());
    }

    /// <summary>Waits for its end.</summary>
    public async Task<Ran> EndAsync()
    {
        // Its children may hold its output: they are waited for no longer than it is.
        string[] said = await EndsAsync().WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        return new Ran(_process.ExitCode, said[0], said[1]);

        async Task<string[]> EndsAsync()
        {
            await _process.WaitForExitAsync(Cancel);
            return await Task.WhenAll(_output, _errors);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
