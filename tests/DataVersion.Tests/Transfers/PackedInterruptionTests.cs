using DataVersion.Objects;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedInterruptionTests() : PackedInterruptionContract(zstd: false);

public sealed class CompressedInterruptionTests() : PackedInterruptionContract(zstd: true);

/// <summary>Pushes to a packed remote, and fetches from it, that end in the middle and are begun again.</summary>
public abstract class PackedInterruptionContract(bool zstd) : IDisposable
{
    // Three packs of contents.
    private static readonly Dictionary<string, string> Files = new(Enumerable.Range(0, 20).ToDictionary(i => $"large/{i}", i => PackedBox.Noise(i, 900_000)))
    {
        ["small/a"] = "a",
        ["small/b"] = "",
    };

    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);

    private FaultyBlobStore Blobs => _box.Blobs;

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(PackedBox.PackNames, 0)]
    [InlineData(PackedBox.PackNames, 2)]
    [InlineData(PackedBox.PackNames, 3)]
    [InlineData(PackedBox.IndexNames, 0)]
    [InlineData(PackedBox.IndexNames, 1)]
    [InlineData(PackedBox.CatalogNames, 0)]
    [InlineData(PackedBox.ReceiptNames, 0)]
    public async Task A_push_that_is_begun_again_sends_nothing_twice(string stopsAt, int after)
    {
        RootKey root = await _box.Sandbox.AddAsync("data", Files);
        Blobs.On(Verb.Write, new Fault.Throws(Fault.Transient), stopsAt, after);

        await Assert.ThrowsAsync<RemoteException>(() => _box.Sandbox.PushAsync([root]));
        Assert.Empty(await _box.NamesAsync(PackedBox.ReceiptNames));
        List<string> there = [.. await _box.NamesAsync(PackedBox.PackNames), .. await _box.NamesAsync(PackedBox.IndexNames)];
        Blobs.ForgetCalls();
        TransferResult again = await _box.PushAsync([root]);

        Assert.Empty(_box.Written().Intersect(there));
        Assert.Equal(22 + 3, again.Objects + again.Skipped);
        // Three of contents, one of trees.
        Assert.Equal(4, (await _box.NamesAsync(PackedBox.PackNames)).Count);
        Assert.Equal(2, (await _box.NamesAsync(PackedBox.IndexNames)).Count);
        if (stopsAt != PackedBox.PackNames)
            Assert.Equal(0, again.Objects);
        await _box.AssertFetchableAsync(root, Files);
    }

    [Theory]
    [InlineData(PackedBox.PackNames)]
    [InlineData(PackedBox.IndexNames)]
    [InlineData(PackedBox.CatalogNames)]
    public async Task What_was_stored_and_whose_answer_was_lost_is_found(string name)
    {
        RootKey root = await _box.Sandbox.AddAsync("data", Files);
        Blobs.On(Verb.Write, new Fault.LosesAnswer(Fault.Transient), name);

        await Assert.ThrowsAsync<RemoteException>(() => _box.Sandbox.PushAsync([root]));
        await _box.PushAsync([root]);

        Assert.Equal(4, (await _box.NamesAsync(PackedBox.PackNames)).Count);
        await _box.AssertFetchableAsync(root, Files);
    }

    [Fact]
    public async Task A_pack_that_a_store_took_half_of_is_sent_again()
    {
        RootKey root = await _box.Sandbox.AddAsync("data", Files);
        Blobs.On(Verb.Write, new Fault.Throws(Fault.Transient), PackedBox.IndexNames);
        await Assert.ThrowsAsync<RemoteException>(() => _box.Sandbox.PushAsync([root]));
        string half = (await _box.NamesAsync(PackedBox.PackNames))[0];
        await _box.ChangeAsync(half, bytes => bytes[..(bytes.Length / 2)]);
        Blobs.ForgetCalls();

        await _box.PushAsync([root]);

        Assert.Equal([half], _box.Written(PackedBox.PackNames));
        await _box.AssertFetchableAsync(root, Files);
    }

    [Fact]
    public async Task An_edit_whose_push_was_interrupted_leaves_the_version_before_it_as_it_was()
    {
        RootKey first = await _box.PushedAsync(Files);
        Dictionary<string, string> edited = new(Files) { ["small/a"] = "edited" };
        RootKey second = await _box.Sandbox.AddAsync("data", edited);
        foreach (string stopsAt in (string[])[PackedBox.IndexNames, PackedBox.CatalogNames, PackedBox.ReceiptNames])
        {
            Blobs.On(Verb.Write, new Fault.Throws(Fault.Transient), stopsAt);
            await Assert.ThrowsAsync<RemoteException>(() => _box.Sandbox.PushAsync([second], [first]));
            await _box.AssertFetchableAsync(first, Files);
        }
        Blobs.ForgetCalls();

        await _box.PushAsync([second], [first]);

        Assert.Empty(_box.Written(PackedBox.PackNames));
        await _box.AssertFetchableAsync(second, edited);
        await _box.AssertFetchableAsync(first, Files);
    }

    [Fact]
    public async Task A_fetch_that_breaks_off_in_the_middle_of_a_pack_keeps_what_came()
    {
        RootKey root = await _box.PushedAsync(Files);
        (string pack, _) = await _box.LocateAsync(PackedBox.KeyOf(Files["large/0"]));
        CacheSandbox cache = _box.Fresh();
        Blobs.On(Verb.Read, new Fault.BreaksAfter(5_000_000, Fault.Transient), pack);

        await Assert.ThrowsAsync<RemoteException>(() => _box.FetchAsync(cache, new WantedRoot(root, "")));
        List<string> kept = await _box.SoundAsync(cache, Files.Values);
        TransferResult next = await _box.FetchAsync(cache, new WantedRoot(root, ""));

        Assert.True(kept.Count >= 5, $"{kept.Count}");
        Assert.Equal((kept.Count, 22 - kept.Count), (next.Skipped, next.Objects));
        Assert.Empty(next.Failed);
        Assert.Equal(Files, await _box.Sandbox.ReadAllAsync(cache.Cache, root));
    }

    [Fact]
    public async Task A_fetch_that_is_cancelled_keeps_what_came()
    {
        RootKey root = await _box.PushedAsync(Files);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int finished = 0;
        var monitor = new RecordingMonitor
        {
            OnFinished = _ =>
            {
                if (Interlocked.Increment(ref finished) == 4)
                    cancel.Cancel();
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _box.Sandbox.FetchAsync([new WantedRoot(root, "")], monitor, cancel.Token));
        List<string> kept = await _box.SoundAsync(_box.Sandbox.There, Files.Values);
        TransferResult next = await _box.Sandbox.FetchAsync(root);

        Assert.InRange(kept.Count, 4, 21);
        Assert.Equal((kept.Count, 22 - kept.Count), (next.Skipped, next.Objects));
        Assert.Equal(Files, await _box.Sandbox.ReadAllAsync(_box.Sandbox.There.Cache, root));
    }

    [Fact]
    public async Task A_fetch_of_what_is_nearly_all_there_reads_the_missing_ranges()
    {
        RootKey root = await _box.PushedAsync(Files);
        (_, CacheSandbox cache) = await _box.FetchFreshAsync(root);
        File.Delete(cache.Cache.PathOf(PackedBox.KeyOf(Files["large/7"])));
        Blobs.ForgetCalls();

        TransferResult again = await _box.FetchAsync(cache, new WantedRoot(root, ""));

        Assert.Equal((1, 21), (again.Objects, again.Skipped));
        Assert.Equal(1, Blobs.Calls.Count(c => c.Verb == Verb.Read && c.Name.StartsWith(PackedBox.PackNames, StringComparison.Ordinal)));
        Assert.Equal(Files, await _box.Sandbox.ReadAllAsync(cache.Cache, root));
    }
}
