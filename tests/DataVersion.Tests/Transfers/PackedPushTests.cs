using DataVersion.Objects;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class PackedPushTests() : PackedPushContract(zstd: false);

public sealed class CompressedPushTests() : PackedPushContract(zstd: true);

/// <summary>What pushes to a packed remote cost, and that a clone that has nothing gets what they sent.</summary>
public abstract class PackedPushContract(bool zstd) : IDisposable
{
    private readonly PackedBox _box = new(zstd, TestContext.Current.CancellationToken);

    private FaultyBlobStore Blobs => _box.Blobs;

    public void Dispose()
    {
        _box.Dispose();
        GC.SuppressFinalize(this);
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> files, string path, string text) => new(files) { [path] = text };

    [Fact]
    public async Task Many_small_files_cost_a_handful_of_requests()
    {
        Dictionary<string, string> files = PackedBox.Files(400);
        RootKey folder = await _box.Sandbox.AddAsync("data", files);

        TransferResult pushed = await _box.PushAsync([folder]);
        int requestsOfPush = Blobs.Calls.Count;
        Blobs.ForgetCalls();
        (TransferResult fetched, CacheSandbox cache) = await _box.FetchFreshAsync(folder);

        Assert.Empty(fetched.Failed);
        Assert.Equal(411, pushed.Objects);
        Assert.Equal((pushed.Objects, pushed.Bytes), (fetched.Objects, fetched.Bytes));
        Assert.Equal(files, await _box.Sandbox.ReadAllAsync(cache.Cache, folder));
        Assert.InRange(requestsOfPush, 1, 20);
        Assert.InRange(Blobs.Calls.Count, 1, 8);
        Assert.Equal(2, (await _box.NamesAsync(PackedBox.PackNames)).Count);
    }

    [Fact]
    public async Task What_readers_need_is_written_before_what_leads_to_it()
    {
        await _box.PushedAsync(PackedBox.Files());

        List<string> written = _box.Written();
        int packs = written.FindLastIndex(n => n.StartsWith(PackedBox.PackNames, StringComparison.Ordinal));
        int firstIndex = written.FindIndex(n => n.StartsWith(PackedBox.IndexNames, StringComparison.Ordinal));
        int lastIndex = written.FindLastIndex(n => n.StartsWith(PackedBox.IndexNames, StringComparison.Ordinal));
        int catalog = written.FindIndex(n => n.StartsWith(PackedBox.CatalogNames, StringComparison.Ordinal));
        Assert.True(packs < firstIndex && lastIndex < catalog, string.Join('\n', written));
        Assert.StartsWith(PackedBox.ReceiptNames, written[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unchanged_push_costs_a_few_requests()
    {
        RootKey folder = await _box.PushedAsync(PackedBox.Files());
        Blobs.ForgetCalls();

        TransferResult again = await _box.PushAsync([folder], [folder]);

        Assert.Equal((0, 1), (again.Objects, again.Skipped));
        Assert.InRange(Blobs.Calls.Count, 1, 4);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(5000)]
    public async Task An_edit_costs_the_same_in_a_small_and_in_a_large_dataset(int count)
    {
        Dictionary<string, string> files = PackedBox.Files(count);
        RootKey first = await _box.PushedAsync(files);
        Dictionary<string, string> edited = With(files, "part3/sub/8.txt", "edited");
        RootKey second = await _box.Sandbox.AddAsync("data", edited);
        Blobs.ForgetCalls();

        TransferResult result = await _box.PushAsync([second], [first]);

        // The file and the three folders above it.
        Assert.Equal((4, 0), (result.Objects, result.Skipped));
        // Two packs, two indexes, the catalog, the receipt.
        Assert.Equal(6, _box.Written().Count);
        Assert.Equal(16, Blobs.Calls.Count);
        await _box.AssertFetchableAsync(second, edited);
        await _box.AssertFetchableAsync(first, files);
    }

    [Fact]
    public async Task Edits_upon_edits_stay_whole()
    {
        Dictionary<string, string> files = PackedBox.Files();
        List<RootKey> versions = [await _box.PushedAsync(files)];
        for (int i = 0; i < 12; i++)
        {
            files = With(files, $"part{i % 5}/sub/{i}.txt", $"edit {i}");
            versions.Add(await _box.Sandbox.AddAsync("data", files));
            await _box.PushAsync([versions[^1]], [versions[^2]]);
        }

        await _box.AssertFetchableAsync(versions[^1], files);
        await _box.AssertFetchableAsync(versions[0], PackedBox.Files());
    }

    [Fact]
    public async Task A_dataset_that_shares_most_contents_is_whole_by_itself()
    {
        Dictionary<string, string> files = PackedBox.Files(200);
        RootKey first = await _box.PushedAsync(files);
        Dictionary<string, string> others = With(files, "new.txt", "new");
        RootKey second = await _box.PushedAsync(others, "other");

        await _box.AssertFetchableAsync(second, others);
        await _box.AssertFetchableAsync(first, files);
    }

    [Fact]
    public async Task In_one_push_shared_contents_are_sent_once()
    {
        Dictionary<string, string> files = PackedBox.Files(200);
        Dictionary<string, string> others = With(files, "new.txt", "new");
        RootKey first = await _box.Sandbox.AddAsync("data", files);
        RootKey second = await _box.Sandbox.AddAsync("other", others);

        TransferResult result = await _box.PushAsync([first, second]);

        // Contents, the folders of the first, and the top folder of the second.
        Assert.Equal(201 + 11 + 1, result.Objects);
        await _box.AssertFetchableAsync(second, others);
        await _box.AssertFetchableAsync(first, files);
    }

    [Fact]
    public async Task A_folder_under_another_name_sends_no_contents_again()
    {
        // Large enough that reading the index pays.
        Dictionary<string, string> files = Enumerable.Range(0, 100).ToDictionary(i => $"old/{i}", i => PackedBox.Noise(i, 1000));
        RootKey first = await _box.PushedAsync(files);
        Dictionary<string, string> renamed = files.ToDictionary(f => f.Key.Replace("old/", "new/", StringComparison.Ordinal), f => f.Value);
        RootKey second = await _box.Sandbox.AddAsync("data", renamed);

        TransferResult result = await _box.PushAsync([second], [first]);

        // The top folder: the renamed one is the same tree.
        Assert.Equal(1, result.Objects);
        await _box.AssertFetchableAsync(second, renamed);
    }

    [Fact]
    public async Task Each_version_of_a_history_can_be_fetched_alone()
    {
        Dictionary<string, string> files = PackedBox.Files();
        List<(RootKey Root, Dictionary<string, string> Files)> versions = [];
        for (int i = 0; i < 6; i++)
        {
            files = With(files, $"part{i % 5}/sub/{i}.txt", $"edit {i}");
            versions.Add((await _box.Sandbox.AddAsync("data", files), files));
        }

        await _box.PushAsync([.. versions.Select(v => v.Root)]);

        foreach ((RootKey root, Dictionary<string, string> expected) in versions)
            await _box.AssertFetchableAsync(root, expected);
    }

    [Fact]
    public async Task A_file_that_is_tracked_alone_and_inside_a_folder_can_be_fetched_as_either()
    {
        Dictionary<string, string> files = PackedBox.Files();
        RootKey folder = await _box.Sandbox.AddAsync("data", files);
        RootKey file = await _box.Sandbox.AddFileAsync("copy.txt", PackedBox.TextOf(7));

        await _box.PushAsync([file, folder]);

        await _box.AssertFetchableAsync(folder, files);
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(file);
        Assert.Equal((1, 0), (result.Objects, result.Failed.Count));
        Assert.True(await cache.Cache.VerifyAsync(file.Key, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Many_single_files_share_a_pack()
    {
        var roots = new List<RootKey>();
        for (int i = 0; i < 300; i++)
            roots.Add(await _box.Sandbox.AddFileAsync($"file{i}", $"text {i}"));

        TransferResult pushed = await _box.PushAsync(roots);
        (TransferResult all, _) = await _box.FetchFreshAsync([.. roots]);
        (TransferResult one, _) = await _box.FetchFreshAsync(roots[123]);

        Assert.Equal(300, pushed.Objects);
        Assert.Single(await _box.NamesAsync(PackedBox.PackNames));
        Assert.Equal((300, 0), (all.Objects, all.Failed.Count));
        Assert.Equal((1, 0), (one.Objects, one.Failed.Count));
    }

    [Fact]
    public async Task Two_pushes_at_once_both_succeed()
    {
        Dictionary<string, string> files = PackedBox.Files(), others = With(files, "new.txt", "new");
        RootKey root = await _box.Sandbox.AddAsync("data", files);
        RootKey other = await _box.Sandbox.AddAsync("other", others);

        await Task.WhenAll(_box.PushAsync([root, other]), _box.PushAsync([other, root]));

        await _box.AssertFetchableAsync(root, files);
        await _box.AssertFetchableAsync(other, others);
    }
}
