using System.Diagnostics;
using System.Globalization;
using DataVersion.Caching;
using DataVersion.Platform;
using DataVersion.Testing;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class DownloadClaimsTests : IDisposable
{
    private const string Name = "sha256-abc";

    private readonly TempFolder _folder = new();
    private readonly List<DownloadClaims> _opened = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FilePath => _folder.At($"claims/{Name}");

    public void Dispose()
    {
        _opened.ForEach(o => o.Dispose());
        _folder.Dispose();
    }

    [Fact]
    public async Task One_has_a_claim_until_it_gives_it_up()
    {
        DownloadClaims one = Open(), other = Open();

        DownloadClaim? claim = await one.TryClaimAsync(Name, Token);
        DownloadClaim? refused = await other.TryClaimAsync(Name, Token);

        Assert.NotNull(claim?.Line);
        Assert.Null(refused);
        Assert.Equal($"process {Environment.ProcessId} on {Environment.MachineName}", other.HolderOf(Name));
        claim.Dispose();
        Assert.False(File.Exists(FilePath));
        using DownloadClaim? next = await other.TryClaimAsync(Name, Token);
        Assert.NotNull(next?.Line);
    }

    [Fact]
    public async Task What_is_still_claimed_at_the_end_is_given_up()
    {
        DownloadClaims one = Open();
        await one.TryClaimAsync(Name, Token);

        one.Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(_folder.At("claims")));
    }

    [Fact]
    public async Task A_claim_that_nobody_touched_for_half_a_minute_is_taken_over()
    {
        DownloadClaims one = Open(), other = Open(new InstantClock());
        DownloadClaim claim = (await one.TryClaimAsync(Name, Token))!;
        Age(TimeSpan.FromSeconds(25));
        Assert.Null(await other.TryClaimAsync(Name, Token));
        Age(TimeSpan.FromSeconds(31));

        DownloadClaim? taken = await other.TryClaimAsync(Name, Token);

        Assert.NotNull(taken?.Line);
        Assert.NotEqual(claim.Line, taken.Line);
        // Who lost it neither keeps it alive nor takes it away.
        Age(TimeSpan.FromSeconds(20));
        DateTime before = File.GetLastWriteTimeUtc(FilePath);
        one.Beat();
        claim.Dispose();
        Assert.Equal(before, File.GetLastWriteTimeUtc(FilePath));
        Assert.Null(await one.TryClaimAsync(Name, Token));
    }

    [Fact]
    public async Task A_claim_lives_as_long_as_something_comes()
    {
        var clock = new ManualClock();
        DownloadClaims one = Open(clock), other = Open();
        DownloadClaim claim = (await one.TryClaimAsync(Name, Token))!;
        claim.Expect(100);
        for (int i = 0; i < 3; i++)
        {
            Age(TimeSpan.FromSeconds(40));
            claim.Advanced(10);
            clock.Advance(DownloadClaims.Heartbeat);
            Assert.Null(await other.TryClaimAsync(Name, Token));
        }
        // Nothing comes.
        Age(TimeSpan.FromSeconds(40));
        clock.Advance(DownloadClaims.Heartbeat);

        Assert.NotNull(await other.TryClaimAsync(Name, Token));
    }

    [Fact]
    public async Task A_claim_lives_on_while_what_came_is_being_published()
    {
        var clock = new ManualClock();
        DownloadClaims one = Open(clock), other = Open();
        DownloadClaim claim = (await one.TryClaimAsync(Name, Token))!;
        claim.Expect(100);
        claim.Advanced(100);
        clock.Advance(DownloadClaims.Heartbeat);
        Age(TimeSpan.FromSeconds(40));
        clock.Advance(DownloadClaims.Heartbeat);

        Assert.Null(await other.TryClaimAsync(Name, Token));
    }

    [Fact]
    public async Task Where_times_cannot_be_believed_a_claim_on_which_nothing_happens_is_taken_over()
    {
        var clock = new ManualClock();
        DownloadClaims one = Open(), other = Open(clock);
        await one.TryClaimAsync(Name, Token);
        // Of a machine whose clock is an hour ahead.
        Age(TimeSpan.FromHours(-1));
        Assert.Null(await other.TryClaimAsync(Name, Token));
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Null(await other.TryClaimAsync(Name, Token));
        clock.Advance(TimeSpan.FromSeconds(2));

        Task<DownloadClaim?> taking = other.TryClaimAsync(Name, Token);
        while (!taking.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        Assert.NotNull(await taking);
    }

    [Fact]
    public async Task A_claim_of_a_process_that_is_known_to_be_dead_is_taken_over_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whether a process lives");
        using Process process = Process.Start("true");
        await process.WaitForExitAsync(Token);
        string own = string.Create(CultureInfo.InvariantCulture, $"-{Environment.ProcessId}.");
        string token = TempNames.Create("claim").Replace(own, string.Create(CultureInfo.InvariantCulture, $"-{process.Id}."), StringComparison.Ordinal);
        DownloadClaims other = Open(new InstantClock());
        await File.WriteAllBytesAsync(FilePath, new ClaimLine(token, "here", process.Id, DateTimeOffset.UnixEpoch).Format(), Token);

        Assert.NotNull(await other.TryClaimAsync(Name, Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("dv-claim 9 something else\n")]
    public async Task A_claim_that_cannot_be_read_is_a_claim_until_it_is_old(string text)
    {
        DownloadClaims other = Open(new InstantClock());
        await File.WriteAllTextAsync(FilePath, text, Token);
        Assert.Null(await other.TryClaimAsync(Name, Token));
        Age(TimeSpan.FromSeconds(31));

        Assert.NotNull((await other.TryClaimAsync(Name, Token))?.Line);
    }

    [Fact]
    public async Task Of_many_who_take_over_at_once_one_has_it()
    {
        for (int round = 0; round < 8; round++)
        {
            DownloadClaims dead = Open();
            await dead.TryClaimAsync(Name, Token);
            Age(TimeSpan.FromMinutes(1));
            DownloadClaims[] others = [.. Enumerable.Range(0, 12).Select(_ => Open())];

            DownloadClaim?[] got = await Task.WhenAll(others.Select(o => Task.Run(() => o.TryClaimAsync(Name, Token))));

            DownloadClaim winner = Assert.Single(got, c => c is not null)!;
            Assert.Equal(winner.Line!.Token, ClaimLine.TryParse(await File.ReadAllBytesAsync(FilePath, Token))?.Token);
            winner.Dispose();
            Assert.False(File.Exists(FilePath));
        }
    }

    [Fact]
    public async Task Where_nothing_can_be_written_nobody_is_kept_from_anything()
    {
        DownloadClaims one = Open();
        Directory.CreateDirectory(FilePath);

        using DownloadClaim? free = await one.TryClaimAsync(Name, Token);

        Assert.NotNull(free);
        Assert.Null(free.Line);
        File.WriteAllText(_folder.At("no-folder"), "");
        Assert.Null(DownloadClaims.TryOpen(new CacheLayout(_folder.At("no-folder"), shared: false), TimeProvider.System));
    }

    [Fact]
    public void Claims_of_yesterday_and_what_crashes_left_are_removed()
    {
        Open();
        File.WriteAllText(FilePath, "old");
        Age(TimeSpan.FromDays(2));
        File.WriteAllText(_folder.At("claims/sha256-new"), "new");

        Open();

        Assert.Equal(["sha256-new"], Directory.EnumerateFiles(_folder.At("claims")).Select(Path.GetFileName).Where(n => n![0] != '.'));
    }

    private DownloadClaims Open(TimeProvider? clock = null)
    {
        DownloadClaims claims = DownloadClaims.TryOpen(new CacheLayout(_folder.Path, shared: false), clock ?? new NoHeartbeat())!;
        _opened.Add(claims);
        return claims;
    }

    private void Age(TimeSpan by) => File.SetLastWriteTimeUtc(FilePath, DateTime.UtcNow - by);

    /// <summary>The real time without heartbeats.</summary>
    private sealed class NoHeartbeat : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, period > TimeSpan.Zero ? Timeout.InfiniteTimeSpan : dueTime, Timeout.InfiniteTimeSpan);
    }
}
