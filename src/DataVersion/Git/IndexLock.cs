using System.Text;
using DataVersion.Platform;

namespace DataVersion.Git;

/// <summary>
/// Git's own lock on an index: whoever creates <c>index.lock</c> may write. While it is held the file is also locked by the kernel
/// (flock) and names its holder, so that one left by a killed dv is recognised and removed (<see cref="AbandonedLock"/>).
/// </summary>
internal sealed class IndexLock : IDisposable
{
    internal static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SurelyStale = TimeSpan.FromMinutes(10);

    // From errno; .NET hands it on as the HResult: the file exists (Unix, Windows), and it is locked by another (Linux, macOS).
    private const int ErrorExists = 17;
    private const int ErrorExistsWindows = unchecked((int)0x80070050);
    private const int ErrorWouldBlockLinux = 11;
    private const int ErrorWouldBlockMac = 35;

    private readonly FileStream _file;

    private IndexLock(FileStream file) => _file = file;

    internal static string PathIn(string gitDirectory) => Path.Combine(gitDirectory, "index.lock");

    /// <summary>Takes the lock, waiting for its holder.</summary>
    /// <exception cref="LockedException">It was held all the while.</exception>
    internal static async Task<IndexLock> AcquireAsync(string gitDirectory, TimeSpan wait, TimeProvider time, CancellationToken cancellation)
    {
        IndexLock? taken = null;
        await RetryAsync(gitDirectory, wait, time, () => Task.FromResult((taken = TryCreate(gitDirectory)) is not null), cancellation);
        return taken!;
    }

    /// <summary>Tries something that needs the lock again and again, with growing random pauses, until it says that it had it.</summary>
    internal static async Task RetryAsync(
        string gitDirectory, TimeSpan wait, TimeProvider time, Func<Task<bool>> attempt, CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        TimeSpan pause = ShortestPause;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (await attempt())
                return;
            if (AbandonedLock.TryRemove(gitDirectory))
                continue;
            if (time.GetElapsedTime(start) >= wait)
                throw Held(PathIn(gitDirectory), time);
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), time, cancellation);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public void Dispose() => _file.Dispose();

    private static IndexLock? TryCreate(string gitDirectory)
    {
        string path = PathIn(gitDirectory);
        try
        {
            // DeleteOnClose: the file goes, before the kernel's lock does, on every way out but a kill.
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose,
                BufferSize = 0,
            });
            file.Write(Encoding.UTF8.GetBytes(AbandonedLock.NewMarker()));
            return new IndexLock(file);
        }
        catch (IOException e) when (e.HResult is ErrorExists or ErrorExistsWindows)
        {
            return null;
        }
        catch (IOException e) when (!OperatingSystem.IsWindows() && e.HResult is ErrorWouldBlockLinux or ErrorWouldBlockMac)
        {
            // We made it, and another dv looked at it before we could lock it: it is ours to take back.
            File.Delete(path);
            return null;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
    }

    private static LockedException Held(string path, TimeProvider time)
    {
        var made = new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
        TimeSpan age = time.GetUtcNow() - made;
        string holder = AbandonedLock.IsHeldByDv(path) ? "another dv" : age < SurelyStale || !File.Exists(path) ? "a git command"
            : $"no one any more, it seems: the lock was made at {made:yyyy-MM-dd HH:mm} UTC";
        return new LockedException(path, holder, $"if no git command is running here, delete the lock: rm '{path}'");
    }
}
