using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class FetchTests : IDisposable
{
    private readonly TransferSandbox _sandbox = new(TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _files = Enumerable.Range(0, 40).ToDictionary(i => $"part{i % 5}/sub/{i}.txt", i => $"content {i}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FaultyBlobStore Blobs => _sandbox.Blobs;

    public void Dispose() => _sandbox.Dispose();

    private static ObjectKey KeyOf(string text) => CacheSandbox.KeyOf(TransferSandbox.Text(text));

    private async Task<RootKey> PushedAsync(string path = "data")
    {
        RootKey root = await _sandbox.AddAsync(path, _files);
        await _sandbox.PushAsync([root]);
        Blobs.ForgetCalls();
        return root;
    }

    [Fact]
    public async Task Only_what_is_missing_is_read()
    {
        RootKey root = await PushedAsync();
        await _sandbox.FetchAsync(root);
        File.Delete(_sandbox.There.Cache.PathOf(KeyOf("content 3")));
        Blobs.ForgetCalls();

        TransferResult again = await _sandbox.FetchAsync(root);

        Assert.Equal((1, 39), (again.Objects, again.Skipped));
        // The remote's document and the object.
        Assert.Equal(2, Blobs.Count(Verb.Read));
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
    }

    [Theory]
    [InlineData("part2", 8, 3)]
    [InlineData("part2/sub/7.txt", 1, 3)]
    public async Task A_path_inside_is_fetched_alone(string inside, int contents, int trees)
    {
        RootKey root = await PushedAsync();

        TransferResult result = await _sandbox.FetchAsync([new WantedRoot(root, inside)]);

        Assert.Equal(contents + trees, result.Objects);
        Assert.Equal(contents, Blobs.Calls.Count(c => c.Name.Contains("/objects/")));
    }

    [Fact]
    public async Task A_path_that_is_not_inside_is_called_so()
    {
        RootKey root = await PushedAsync();

        var error = await Assert.ThrowsAsync<UsageException>(() => _sandbox.FetchAsync([new WantedRoot(root, "part2/nothing")]));

        Assert.Contains("part2/nothing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_that_are_fetched_together_are_read_once()
    {
        RootKey first = await PushedAsync();
        RootKey second = await _sandbox.AddAsync("data", new Dictionary<string, string>(_files) { ["part0/sub/0.txt"] = "edited" });
        await _sandbox.PushAsync([second]);
        Blobs.ForgetCalls();

        TransferResult result = await _sandbox.FetchAsync(first, second);

        Assert.Empty(result.Failed);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, first));
        Assert.True(await _sandbox.IsCompleteAsync(_sandbox.There.Cache, second));
        Assert.Equal(41, Blobs.Calls.Count(c => c.Name.Contains("/objects/")));
    }

    [Fact]
    public async Task A_corrupt_object_is_never_stored_and_the_rest_comes()
    {
        RootKey root = await PushedAsync();
        ObjectKey bad = KeyOf("content 7");
        foreach (Fault fault in (Fault[])[new Fault.FlipsByte(2), new Fault.EndsAfter(3), new Fault.Appends(1 << 20), new Fault.EndsAfter(0)])
        {
            Blobs.On(Verb.Read, fault, ObjectLayout.NameOf(bad), times: 2);
            TransferResult result = await _sandbox.FetchAsync(root);

            FailedTransfer failed = Assert.Single(result.Failed);
            Assert.Equal((bad.Id.ToString(), "data/part2/sub/7.txt", ErrorKind.Corrupt), (failed.Id, failed.Path, failed.Kind));
            Assert.False(_sandbox.There.Cache.Contains(bad));
            Assert.True(_sandbox.There.Cache.Contains(KeyOf("content 8")));
        }
        Assert.Empty(_sandbox.There.Leftovers());

        Assert.Empty((await _sandbox.FetchAsync(root)).Failed);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
    }

    [Fact]
    public async Task What_was_damaged_on_the_way_is_asked_for_once_more()
    {
        RootKey root = await PushedAsync();
        Blobs.On(Verb.Read, new Fault.FlipsByte(2), ObjectLayout.NameOf(KeyOf("content 7"))).On(Verb.Read, new Fault.FlipsByte(20), ObjectLayout.NameOf(root.Key));

        Assert.Empty((await _sandbox.FetchAsync(root)).Failed);

        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
        Assert.Empty(_sandbox.There.Leftovers());
    }

    [Fact]
    public async Task A_corrupt_tree_is_never_believed()
    {
        RootKey root = await PushedAsync();
        RootKey other = await _sandbox.AddFileAsync("other", "other");
        await _sandbox.PushAsync([other]);
        Blobs.On(Verb.Read, new Fault.FlipsByte(20), ObjectLayout.NameOf(root.Key), times: 2);

        TransferResult result = await _sandbox.FetchAsync(root, other);

        Assert.Equal(ErrorKind.Corrupt, Assert.Single(result.Failed).Kind);
        Assert.False(_sandbox.There.Cache.Contains(root.Key));
        Assert.True(_sandbox.There.Cache.Contains(other.Key));
    }

    [Fact]
    public async Task A_missing_object_is_named_and_the_rest_comes()
    {
        RootKey root = await PushedAsync();
        await Blobs.DeleteAsync(ObjectLayout.NameOf(KeyOf("content 7")), null, Token);

        TransferResult result = await _sandbox.FetchAsync(root);

        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal(("data/part2/sub/7.txt", ErrorKind.Missing), (failed.Path, failed.Kind));
        Assert.Equal(39 + 11, result.Objects);
    }

    [Fact]
    public async Task What_was_never_pushed_is_missing()
    {
        RootKey root = await _sandbox.AddAsync("data", _files);

        TransferResult result = await _sandbox.FetchAsync(root);

        Assert.Equal(ErrorKind.Missing, Assert.Single(result.Failed).Kind);
        Assert.Empty(await Blobs.NamesAsync("", Token));
    }

    [Fact]
    public async Task What_was_finished_before_an_interruption_stays()
    {
        RootKey root = await PushedAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int finished = 0;
        var monitor = new RecordingMonitor
        {
            OnFinished = _ =>
            {
                if (Interlocked.Increment(ref finished) == 15)
                    cancel.Cancel();
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _sandbox.FetchAsync([new WantedRoot(root, "")], monitor, cancel.Token));
        Assert.Empty(_sandbox.There.Leftovers());
        TransferResult next = await _sandbox.FetchAsync(root);

        Assert.InRange(next.Skipped, 15, 39);
        Assert.Equal(40, next.Skipped + next.Objects);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
    }

    [Fact]
    public async Task A_remote_that_breaks_off_leaves_what_came_before()
    {
        RootKey root = await PushedAsync();
        Blobs.On(Verb.Read, new Fault.BreaksAfter(1, Fault.Transient), "/objects/", after: 20);

        await Assert.ThrowsAsync<RemoteException>(() => _sandbox.FetchAsync(root));

        Assert.Empty(_sandbox.There.Leftovers());
        // Twenty less those that were under way.
        Assert.InRange((await _sandbox.FetchAsync(root)).Skipped, 20 - 3, 39);
    }

    public static TheoryData<string, string, long, long> Lies => new()
    {
        { "a size that the pointer contradicts", $"f 5 {KeyOf("hello").Id} a", 6, 1 },
        { "a count that the pointer contradicts", $"f 5 {KeyOf("hello").Id} a", 5, 2 },
        { "sizes beyond all bounds", $"f 9223372036854775807 {KeyOf("hello").Id} a\nf 9223372036854775807 {KeyOf("x").Id} b", 5, 2 },
        { "two sizes of one object", $"f 5 {KeyOf("hello").Id} a\nf 6 {KeyOf("hello").Id} b", 11, 2 },
        { "a way out", $"f 5 {KeyOf("hello").Id} ..", 5, 1 },
        { "a name with a slash", $"f 5 {KeyOf("hello").Id} a/b", 5, 1 },
        { "a name twice", $"f 5 {KeyOf("hello").Id} a\nf 5 {KeyOf("hello").Id} a", 10, 2 },
        { "the repository's own folder", $"f 5 {KeyOf("hello").Id} .GIT", 5, 1 },
        { "a size that the bytes contradict", $"f 4 {KeyOf("hello").Id} a", 4, 1 },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_tree_that_lies_fails_its_root(string lie, string lines, long size, long files)
    {
        await _sandbox.PushAsync([await _sandbox.AddFileAsync("hello", "hello")]);
        RootKey root = await _sandbox.PlantAsync("data", TransferSandbox.Text($"dv-tree 1\n{lines}\n"), size, files);

        TransferResult result = await _sandbox.FetchAsync(root);

        Assert.True(result.Failed.Count > 0, lie);
        Assert.All(result.Failed, f => Assert.True(f.Kind is ErrorKind.Corrupt or ErrorKind.Usage, f.Error));
        Assert.All(result.Failed, f => Assert.StartsWith("data", f.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tree_that_claims_to_be_huge_is_read_no_further_than_allowed()
    {
        RootKey root = await PushedAsync();
        Blobs.On(Verb.Read, new Fault.Appends(long.MaxValue), ObjectLayout.NameOf(root.Key), times: 2);

        Assert.Equal(ErrorKind.Corrupt, Assert.Single((await _sandbox.FetchAsync(root)).Failed).Kind);
    }

    [Fact]
    public async Task A_root_without_counts_is_fetched_too()
    {
        RootKey root = await PushedAsync();

        Assert.Empty((await _sandbox.FetchAsync(root with { Size = null, Files = null })).Failed);
        Assert.Equal(_files, await _sandbox.ReadAllAsync(_sandbox.There.Cache, root));
    }

    [Fact]
    public async Task A_folder_of_another_algorithm_is_refused_in_a_tree()
    {
        ObjectId other = IdentityHash.Of(HashKind.Md5, TransferSandbox.Text("hello"));
        RootKey root = await _sandbox.PlantAsync("data", TransferSandbox.Text($"dv-tree 1\nf 5 {other} a\n"), 5, 1);

        Assert.NotEmpty((await _sandbox.FetchAsync(root)).Failed);
    }
}
