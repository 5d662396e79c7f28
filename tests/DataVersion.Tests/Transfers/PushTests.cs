using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PushTests : IDisposable
{
    private readonly TransferSandbox _sandbox = new(TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = Enumerable.Range(0, 40).ToDictionary(i => $"part{i % 5}/sub/{i}.txt", i => $"content {i}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FaultyBlobStore Blobs => _sandbox.Blobs;

    public void Dispose() => _sandbox.Dispose();

    private static ObjectKey KeyOf(string text) => CacheSandbox.KeyOf(TransferSandbox.Text(text));

    private Dictionary<string, string> With(string path, string text) => new(_files) { [path] = text };

    private Task<BlobInfo?> OnRemoteAsync(ObjectKey key) => Blobs.StatAsync(ObjectLayout.NameOf(key), Token);

    private async Task<int> ReceiptsAsync() => (await Blobs.NamesAsync("dvstore/v1/receipts/", Token)).Count;

    [Fact]
    public async Task What_was_pushed_can_be_fetched_elsewhere()
    {
        RootKey folder = await _sandbox.AddAsync("data", _files);
        RootKey file = await _sandbox.AddFileAsync("model.bin", "weights");

        TransferResult pushed = await _sandbox.PushAsync([folder, file]);
        TransferResult fetched = await _sandbox.FetchAsync(folder, file);

        Assert.Empty(pushed.Failed);
        Assert.Empty(fetched.Failed);
        // 40 files, the folder, five in it and one in each of those, and the single file.
        Assert.Equal(40 + 1 + 10 + 1, pushed.Objects);
        Assert.Equal(pushed.Objects, fetched.Objects);
        Assert.Equal(pushed.Bytes, fetched.Bytes);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, folder));
        Assert.True(_sandbox.There.Cache.Contains(file.Key));
    }

    [Fact]
    public async Task Content_is_sent_before_the_trees_that_name_it_and_receipts_last()
    {
        RootKey folder = await _sandbox.AddAsync("data", _files);
        await _sandbox.PushAsync([folder]);

        List<string> written = [.. Blobs.Calls.Where(c => c.Verb == Verb.Write).Select(c => c.Name)];
        Assert.EndsWith("dv.json", written[0], StringComparison.Ordinal);
        Assert.True(written.FindLastIndex(n => n.Contains("/objects/")) < written.FindIndex(n => n.Contains("/trees/")));
        Assert.Contains("/receipts/", written[^1], StringComparison.Ordinal);
        Assert.Equal(ObjectLayout.NameOf(folder.Key), written[^2]);
    }

    [Fact]
    public async Task An_unchanged_push_costs_a_few_requests()
    {
        RootKey folder = await _sandbox.AddAsync("data", _files);
        await _sandbox.PushAsync([folder]);
        Blobs.ForgetCalls();

        TransferResult again = await _sandbox.PushAsync([folder]);

        Assert.Equal((0, 1), (again.Objects, again.Skipped));
        Assert.InRange(Blobs.Calls.Count, 1, 4);
    }

    [Fact]
    public async Task A_thousand_unchanged_pointers_cost_a_few_requests()
    {
        var roots = new List<RootKey>();
        for (int i = 0; i < 1000; i++)
            roots.Add(await _sandbox.AddFileAsync($"file{i}", $"text {i}"));
        await _sandbox.PushAsync(roots);
        Blobs.ForgetCalls();

        TransferResult again = await _sandbox.PushAsync(roots);

        Assert.Equal((0, 1000), (again.Objects, again.Skipped));
        Assert.InRange(Blobs.Calls.Count, 1, 5);
    }

    [Fact]
    public async Task An_edit_costs_what_changed()
    {
        RootKey first = await _sandbox.AddAsync("data", _files);
        await _sandbox.PushAsync([first]);
        RootKey second = await _sandbox.AddAsync("data", With("part3/sub/8.txt", "edited"));
        Blobs.ForgetCalls();

        TransferResult result = await _sandbox.PushAsync([second], [first]);

        // The file and the three folders above it; nothing else is even asked for.
        Assert.Equal((4, 0), (result.Objects, result.Skipped));
        Assert.Equal(4, Blobs.Count(Verb.Stat));
        Assert.Equal(5, Blobs.Count(Verb.Write));
        await _sandbox.FetchAsync(second);
        Assert.Equal("edited", (await _sandbox.ReadAllAsync(_sandbox.There.Cache, second))["part3/sub/8.txt"]);
    }

    [Fact]
    public async Task Versions_that_are_pushed_together_share_what_they_share()
    {
        List<RootKey> versions = [await _sandbox.AddAsync("data", _files)];
        for (int i = 0; i < 10; i++)
            versions.Add(await _sandbox.AddAsync("data", With("part0/sub/0.txt", $"edit {i}")));

        TransferResult result = await _sandbox.PushAsync(versions);

        Assert.Equal(40 + 11 + (10 * 4), result.Objects);
        Assert.Equal(11, await ReceiptsAsync());
    }

    [Fact]
    public async Task What_the_remote_has_already_is_not_sent()
    {
        await _sandbox.PushAsync([await _sandbox.AddAsync("elsewhere", _files)]);
        RootKey other = await _sandbox.AddAsync("data", With("new.txt", "new"));

        TransferResult result = await _sandbox.PushAsync([other]);

        Assert.Equal(2, result.Objects);
        Assert.Equal(40 + 10, result.Skipped);
    }

    [Fact]
    public async Task A_deep_push_believes_no_receipt()
    {
        RootKey folder = await _sandbox.AddAsync("data", _files);
        await _sandbox.PushAsync([folder]);
        await Blobs.DeleteAsync(ObjectLayout.NameOf(KeyOf("content 7")), null, Token);

        Assert.Equal(0, (await _sandbox.PushAsync([folder])).Objects);
        Assert.Equal(1, (await _sandbox.PushAsync([folder], deep: true)).Objects);
        Assert.NotNull(await OnRemoteAsync(KeyOf("content 7")));
    }

    [Fact]
    public async Task An_object_that_is_missing_here_fails_its_own_root_only()
    {
        RootKey broken = await _sandbox.AddAsync("broken", With("only/here.txt", "lost"));
        RootKey whole = await _sandbox.AddAsync("whole", new Dictionary<string, string> { ["a"] = "a" });
        File.Delete(_sandbox.Here.Cache.PathOf(KeyOf("lost")));

        TransferResult result = await _sandbox.PushAsync([broken, whole]);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((KeyOf("lost").Id.ToString(), ErrorKind.Missing), (failed.Id, failed.Kind));
        Assert.Null(await OnRemoteAsync(broken.Key));
        Assert.NotNull(await OnRemoteAsync(whole.Key));
        Assert.Equal(1, await ReceiptsAsync());
    }

    [Fact]
    public async Task A_corrupt_object_is_named_kept_from_the_remote_and_set_aside()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        _sandbox.Here.Damage(KeyOf("content 7"));

        TransferResult result = await _sandbox.PushAsync([root]);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal((KeyOf("content 7").Id.ToString(), ErrorKind.Corrupt), (failed.Id, failed.Kind));
        Assert.Null(await OnRemoteAsync(KeyOf("content 7")));
        Assert.Null(await OnRemoteAsync(root.Key));
        Assert.False(_sandbox.Here.Cache.Contains(KeyOf("content 7")));
        Assert.Equal(0, await ReceiptsAsync());
    }

    [Fact]
    public async Task What_is_missing_here_but_there_is_no_reason_to_fail()
    {
        RootKey first = await _sandbox.AddAsync("data", _files);
        await _sandbox.PushAsync([first]);
        RootKey second = await _sandbox.AddAsync("data", With("new.txt", "new"));
        File.Delete(_sandbox.Here.Cache.PathOf(KeyOf("content 7")));

        TransferResult result = await _sandbox.PushAsync([second], deep: true);

        Assert.Empty(result.Failed);
        Assert.Equal(2, result.Objects);
    }

    [Fact]
    public async Task A_remote_that_fails_ends_the_push_and_the_next_one_goes_on()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        Blobs.On(Verb.Write, new Fault.Throws(Fault.Denied), "/objects/", after: 20);

        await Assert.ThrowsAsync<RemoteException>(() => _sandbox.PushAsync([root]));
        Assert.Null(await OnRemoteAsync(root.Key));
        Assert.Equal(0, await ReceiptsAsync());
        TransferResult next = await _sandbox.PushAsync([root]);

        // Twenty less those that were under way.
        Assert.InRange(next.Skipped, 20 - 3, 40);
        Assert.Equal(40 + 11, next.Objects + next.Skipped);
        Assert.Equal(1, await ReceiptsAsync());
    }

    [Fact]
    public async Task A_collection_that_begins_meanwhile_makes_it_look_again()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        RootKey edited = await _sandbox.AddAsync("data", With("part0/sub/0.txt", "edited"));
        await _sandbox.PushAsync([root]);
        int finished = 0;
        var monitor = new RecordingMonitor
        {
            // While the edit is sent, a collector deletes what the receipt vouched for.
            OnFinished = _ =>
            {
                if (Interlocked.Increment(ref finished) != 1)
                    return;
                Blobs.PutAsync("dvstore/v1/collect/1", TransferSandbox.Text("""{"version":1,"state":"deleting"}"""), cancellationToken: Token).Wait(Token);
                Blobs.DeleteAsync(ObjectLayout.NameOf(KeyOf("content 9")), null, Token).Wait(Token);
                Blobs.PutAsync("dvstore/v1/collect/2", TransferSandbox.Text("""{"version":1,"state":"idle"}"""), cancellationToken: Token).Wait(Token);
            },
        };

        TransferResult result = await _sandbox.PushAsync([edited], [root], monitor: monitor);

        Assert.Empty(result.Failed);
        Assert.NotNull(await OnRemoteAsync(KeyOf("content 9")));
        Assert.Single(await Blobs.NamesAsync("dvstore/v1/receipts/1/", Token));
    }

    [Fact]
    public async Task Two_pushes_at_once_both_succeed()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        RootKey other = await _sandbox.AddAsync("other", With("new.txt", "new"));

        TransferResult[] results = await Task.WhenAll(_sandbox.PushAsync([root, other]), _sandbox.PushAsync([other, root]));

        Assert.All(results, r => Assert.Empty(r.Failed));
        await _sandbox.FetchAsync(root, other);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
    }

    [Fact]
    public async Task A_folder_of_ten_thousand_files_goes_through_its_parts()
    {
        Dictionary<string, string> files = Enumerable.Range(0, 10_000).ToDictionary(i => $"{i}.txt", i => $"{i % 50}");
        RootKey first = await _sandbox.AddAsync("data", files);
        await _sandbox.PushAsync([first]);
        files["77.txt"] = "edited";
        RootKey second = await _sandbox.AddAsync("data", files);

        TransferResult result = await _sandbox.PushAsync([second], [first]);

        // The file, the part that holds it, the list of parts.
        Assert.Equal(3, result.Objects);
        await _sandbox.FetchAsync(second);
        Assert.Equal(files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, second));
    }

    [Fact]
    public async Task The_monitor_hears_of_every_object_and_byte()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);
        var monitor = new RecordingMonitor();

        TransferResult result = await _sandbox.PushAsync([root], monitor: monitor);

        Assert.Equal(result.Objects, monitor.PlannedObjects);
        Assert.Equal(result.Objects, monitor.FinishedObjects.Count);
        Assert.Equal(result.Bytes, monitor.AdvancedBytes);
    }
}
