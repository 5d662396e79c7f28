using System.Collections.Concurrent;
using DataVersion.Git;
using DataVersion.Testing.Git;
using Xunit;

namespace DataVersion.Tests.Git;

public sealed class IndexLockTests : IDisposable
{
    private readonly GitSandbox _git = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string LockFile => Path.Combine(_git.Root, ".git", "index.lock");

    public void Dispose() => _git.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ten_stages_and_twenty_git_adds_at_once_lose_no_entry(bool useLibrary)
    {
        _git.Commit("first", "x");
        var expected = new ConcurrentBag<string> { "first" };
        var ours = Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
        {
            string[] paths = [$"ours/{i}.dv", $"ours/{i}.more.dv"];
            foreach (string path in paths)
            {
                _git.Write(path, path);
                expected.Add(path);
            }
            await _git.Open(useLibrary).StageAsync(paths, Cancellation);
        }));
        // On threads of their own: waiting processes would use up the pool.
        var theirs = Enumerable.Range(0, 20).Select(i => Task.Factory.StartNew(
            () =>
            {
                string path = $"theirs/{i}";
                _git.Write(path, path);
                expected.Add(path);
                GitAddUntilUnlocked(path);
            },
            Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default));

        await Task.WhenAll(ours.Concat(theirs));

        Assert.Equal(expected.Order(StringComparer.Ordinal), _git.Staged());
        Assert.Empty(_git.Git("fsck", "--full", "--strict"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lock_of_git_is_waited_for_and_then_named(bool useLibrary)
    {
        _git.Write("x.dv", "pointer");
        File.WriteAllText(LockFile, "");

        var e = await Assert.ThrowsAsync<LockedException>(() => _git.Open(useLibrary, lockWait: TimeSpan.Zero).StageAsync(["x.dv"], Cancellation));

        Assert.Equal($"'{LockFile}' is held by a git command", e.Message);
        Assert.Contains($"rm '{LockFile}'", e.Hint, StringComparison.Ordinal);
        Assert.True(File.Exists(LockFile));

        File.SetLastWriteTimeUtc(LockFile, new DateTime(2020, 1, 1, 3, 0, 0, DateTimeKind.Utc));
        e = await Assert.ThrowsAsync<LockedException>(() => _git.Open(useLibrary, lockWait: TimeSpan.Zero).StageAsync(["x.dv"], Cancellation));
        Assert.Contains("no one any more, it seems: the lock was made at 2020-01-01 03:00 UTC", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_lock_of_a_killed_dv_is_removed(bool useLibrary)
    {
        _git.Write("x.dv", "pointer");
        File.WriteAllText(LockFile, AbandonedLock.NewMarker());
        File.WriteAllText(Path.Combine(_git.Root, ".git", "index.dv-leftover"), "half");

        await _git.Open(useLibrary, lockWait: TimeSpan.Zero).StageAsync(["x.dv"], Cancellation);

        Assert.Equal(["x.dv"], _git.Staged());
        Assert.False(File.Exists(LockFile));
    }

    [Fact]
    public async Task The_lock_of_a_living_dv_is_kept()
    {
        _git.Write("x.dv", "pointer");
        using (await IndexLock.AcquireAsync(Path.GetDirectoryName(LockFile)!, TimeSpan.Zero, TimeProvider.System, Cancellation))
        {
            Assert.False(AbandonedLock.TryRemove(Path.GetDirectoryName(LockFile)!));
            var e = await Assert.ThrowsAsync<LockedException>(() => _git.Open(lockWait: TimeSpan.Zero).StageAsync(["x.dv"], Cancellation));
            Assert.Contains("another dv", e.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(LockFile));
        }
        Assert.False(File.Exists(LockFile));
    }

    [Theory]
    [InlineData("dv some-other-machine 1 0123\n")]
    [InlineData("DIRC")]
    [InlineData("dv ")]
    public void A_lock_of_anyone_else_is_never_removed(string content)
    {
        File.WriteAllText(LockFile, content);
        Assert.False(AbandonedLock.TryRemove(Path.GetDirectoryName(LockFile)!));
        Assert.True(File.Exists(LockFile));
    }

    [Fact]
    public async Task Two_who_find_the_same_abandoned_lock_never_hold_it_both()
    {
        string directory = Path.GetDirectoryName(LockFile)!;
        int holders = 0;
        for (int round = 0; round < 20; round++)
        {
            await File.WriteAllTextAsync(LockFile, AbandonedLock.NewMarker(), Cancellation);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                using IndexLock held = await IndexLock.AcquireAsync(directory, TimeSpan.FromMinutes(5), TimeProvider.System, Cancellation);
                Assert.Equal(1, Interlocked.Increment(ref holders));
                await Task.Yield();
                Interlocked.Decrement(ref holders);
            })));
        }
    }

    // git add gives up at once where the lock is taken.
    private void GitAddUntilUnlocked(string path)
    {
        while (true)
        {
            (int exitCode, _, string error) = _git.TryGitIn(_git.Root, "add", "--", path);
            if (exitCode == 0)
                return;
            Assert.True(exitCode == 128 && error.Contains("index.lock", StringComparison.Ordinal), error);
        }
    }
}
