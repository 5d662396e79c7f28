using System.Diagnostics;

namespace DataVersion.Benchmarks;

/// <summary>One run of a whole command.</summary>
/// <param name="Seconds">Wall time.</param>
/// <param name="PeakMiB">Peak resident memory of the process itself, in MiB (VmHWM, read until it ends).</param>
internal readonly record struct Measured(double Seconds, double PeakMiB)
{
    private const int PollMs = 20;

    /// <summary>Runs a command to its end.</summary>
    public static Measured Run(string folder, string program, params string[] arguments) => RunWithOutput(folder, program, arguments).Measured;

    /// <summary>What a command prints.</summary>
    public static string Output(string folder, string program, params string[] arguments) => RunWithOutput(folder, program, arguments).Output;

    /// <summary>The median of several runs, by time.</summary>
    public static Measured Median(IEnumerable<Measured> runs)
    {
        List<Measured> sorted = [.. runs.OrderBy(r => r.Seconds)];
        return sorted[sorted.Count / 2];
    }

    /// <summary>Both.</summary>
    public static (Measured Measured, string Output) RunWithOutput(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        double peak = 0;
        while (!process.WaitForExit(PollMs))
            peak = Math.Max(peak, PeakOf(process.Id));
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Task.WaitAll(output, errors);
        return process.ExitCode == 0
            ? (new Measured(seconds, peak), output.Result)
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit {process.ExitCode}\n{errors.Result}");
    }

    private static double PeakOf(int id)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
