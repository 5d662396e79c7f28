using System.Collections.Concurrent;
using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>
/// What this process downloads, and what others do, into one cache (docs/decisions/0011-download-claims.md). Claims spare work and prove nothing: that
/// two hold one at once costs a second download, and where none can be written everything is downloaded as if alone.
/// </summary>
internal sealed class DownloadClaims : IDisposable
{
    /// <summary>How often a claim whose download goes on is touched.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>A claim that was not touched for so long is given up by its owner, whatever became of him.</summary>
    public static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(30);

    // Long enough to see one heartbeat where the owner's clock may date it.
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Confirmation = TimeSpan.FromMilliseconds(150);
    private const int Attempts = 3;

    private readonly ClaimFolder _folder;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly Lock _beating = new();
    private readonly ConcurrentDictionary<string, DownloadClaim> _held = new();
    private readonly ConcurrentDictionary<string, Watched> _watched = new();

    private DownloadClaims(ClaimFolder folder, TimeProvider clock)
    {
        _folder = folder;
        _clock = clock;
        _timer = clock.CreateTimer(_ => Beat(), null, Heartbeat, Heartbeat);
    }

    /// <summary>Opens the claims of a cache; null where none can be written.</summary>
    /// <param name="layout">The cache.</param>
    /// <param name="clock">Times the heartbeat, and the patience with others.</param>
    public static DownloadClaims? TryOpen(CacheLayout layout, TimeProvider clock)
    {
        ClaimFolder? folder = null;
        try
        {
            layout.EnsureDirectory(layout.Claims);
            folder = new ClaimFolder(layout.Claims);
            folder.RemoveStale();
            return new DownloadClaims(folder, clock);
        }
        catch (Exception error) when (error is FileAccessException || SystemErrors.IsFileError(error))
        {
            folder?.Dispose();
            return null;
        }
    }

    /// <summary>Times the heartbeat, and the patience with others.</summary>
    public TimeProvider Clock => _clock;

    /// <summary>Claims something.</summary>
    /// <param name="name">A file name that stands for what is to be downloaded.</param>
    /// <param name="cancellationToken">Stops the short pause after another's claim was taken over.</param>
    /// <returns>The claim, or null while another process has it.</returns>
    public async Task<DownloadClaim?> TryClaimAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            bool tookOver = false;
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                if (_folder.Look(name) is { } seen)
                {
                    if (!IsAbandoned(name, seen))
                        return null;
                    // Of several who find it so one gets it away, and of all who then find the name free one takes it.
                    _folder.Remove(name, seen);
                    tookOver = true;
                }
                var line = new ClaimLine(TempNames.Create("claim"), Environment.MachineName, Environment.ProcessId, _clock.GetUtcNow());
                if (!_folder.TryCreate(name, line) || (tookOver && !await IsConfirmedAsync(name, line, cancellationToken)))
                    continue;
                _watched.TryRemove(name, out _);
                var claim = new DownloadClaim(this, name, line);
                _held[name] = claim;
                return claim;
            }
            return null;
        }
        catch (FileAccessException)
        {
            return new DownloadClaim(this, name, null);
        }
    }

    /// <summary>Who has a claim that could not be had, as a person would say it.</summary>
    public string HolderOf(string name) => _watched.TryGetValue(name, out Watched? watched) && watched.Seen.Line is { } line
        ? $"process {line.Process} on {line.Host}"
        : "another process";

    /// <summary>Touches the claims whose downloads go on. Called by the timer.</summary>
    internal void Beat()
    {
        if (!_beating.TryEnter())
            return;
        try
        {
            foreach ((string name, DownloadClaim claim) in _held)
            {
                if (claim.TakeProgress() && !TryTouch(claim))
                    _held.TryRemove(new(name, claim));
            }
        }
        finally
        {
            _beating.Exit();
        }
    }

    internal void Release(DownloadClaim claim)
    {
        if (claim.Line is not { } line || !_held.TryRemove(new(claim.Name, claim)))
            return;
        try
        {
            _folder.Remove(claim.Name, new ClaimSight(line, 0, 0));
        }
        catch (FileAccessException)
        {
            // It will be taken for abandoned.
        }
    }

    /// <summary>Releases all that is still held.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        foreach (DownloadClaim claim in _held.Values)
            claim.Dispose();
        // Not while a heartbeat is under way.
        lock (_beating)
            _folder.Dispose();
    }

    /// <summary>False where the claim is another's by now: this download goes on, though somebody else may make it too.</summary>
    private bool TryTouch(DownloadClaim claim)
    {
        try
        {
            return _folder.TryTouch(claim.Name, claim.Line!.Token);
        }
        catch (Exception error) when (error is FileAccessException || SystemErrors.IsFileError(error))
        {
            // Perhaps the next time.
            return true;
        }
    }

    private bool IsAbandoned(string name, ClaimSight seen)
    {
        if (seen.Line is { } line && TempNames.IsMakerDead(line.Token))
            return true;
        Watched watched = _watched.AddOrUpdate(
            name,
            _ => new Watched(seen, _clock.GetTimestamp()),
            (_, before) => before.Seen.IsSame(seen) && before.Seen.ModifiedNs == seen.ModifiedNs ? before : new Watched(seen, _clock.GetTimestamp()));
        TimeSpan unchanged = _clock.GetElapsedTime(watched.Since);
        // Its age is told by the clock that dated it, and not by ours, which may differ; where that one is wrong, by how long nothing happened.
        return unchanged >= Abandoned
            || (TimeSpan.FromTicks((_folder.NowNs() - seen.ModifiedNs) / 100) >= Abandoned && (_folder.StampsByItself || unchanged >= Watch));
    }

    // Another may have caught this claim in place of the one that was abandoned, and somebody else have come before it was put back.
    private async Task<bool> IsConfirmedAsync(string name, ClaimLine line, CancellationToken cancellationToken)
    {
        await Task.Delay(Confirmation, _clock, cancellationToken);
        return _folder.Look(name)?.Line?.Token == line.Token;
    }

    private sealed record Watched(ClaimSight Seen, long Since);
}
