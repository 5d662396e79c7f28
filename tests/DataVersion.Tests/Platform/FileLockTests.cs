using System.Diagnostics;
using System.Globalization;
using DataVersion.Platform;
using Xunit;

namespace DataVersion.Tests.Platform;

public sealed class FileLockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-lock-").FullName;

    private string LockFile => Path.Combine(_directory, "lock");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Lets_many_share_and_one_exclude()
    {
        using (FileLock one = FileLock.AcquireShared(LockFile, TimeSpan.Zero, Cancel))
        using (FileLock two = FileLock.AcquireShared(LockFile, TimeSpan.Zero, Cancel))
            Assert.Throws<LockedException>(() => FileLock.AcquireExclusive(LockFile, TimeSpan.Zero, Cancel));
        // A program that another test starts holds what was given up, too, for the moment between fork and exec.
        using (FileLock alone = FileLock.AcquireExclusive(LockFile, TimeSpan.FromSeconds(30), Cancel))
            Assert.Throws<LockedException>(() => FileLock.AcquireShared(LockFile, TimeSpan.Zero, Cancel));
    }

    [Fact]
    public void Names_the_process_that_holds_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        using FileLock held = FileLock.AcquireExclusive(LockFile, TimeSpan.Zero, Cancel);

        LockedException error = Assert.Throws<LockedException>(() => FileLock.AcquireExclusive(LockFile, TimeSpan.Zero, Cancel));

        Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Equal(LockFile, error.LockFile);
    }

    [Fact]
    public async Task Is_free_once_its_holder_is_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/flock"), "needs the flock program");
        using Process holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", [LockFile, "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true })!;
        await holder.StandardOutput.ReadLineAsync(Cancel);
        Assert.Throws<LockedException>(() => FileLock.AcquireExclusive(LockFile, TimeSpan.Zero, Cancel));

        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync(Cancel);

        FileLock.AcquireExclusive(LockFile, TimeSpan.FromSeconds(30), Cancel).Dispose();
    }

    [Fact]
    public void Stops_waiting_when_cancelled()
    {
        using FileLock held = FileLock.AcquireExclusive(LockFile, TimeSpan.Zero, Cancel);
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => FileLock.AcquireShared(LockFile, TimeSpan.FromMinutes(1), source.Token));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
