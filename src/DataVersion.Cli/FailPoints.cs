using System.Diagnostics;
using System.Globalization;
using DataVersion.Platform;

namespace DataVersion.Cli;

/// <summary>For the kill tests: <c>DV_FAILPOINT=NAME</c> or <c>NAME@N</c> kills the process when it comes to that point (for the Nth time).</summary>
internal static class FailPoints
{
    internal static void Arm(string? setting)
    {
        if (setting is null)
            return;
        string[] parts = setting.Split('@', 2);
        int left = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
        FailPoint.Handler = name =>
        {
            if (name != parts[0] || Interlocked.Decrement(ref left) != 0)
                return;
            // As if the power failed: nothing is flushed, no finally runs.
            using Process self = Process.GetCurrentProcess();
            self.Kill();
            // The signal may arrive a moment later: not one more line may run until it does.
            Thread.Sleep(Timeout.Infinite);
        };
    }
}
