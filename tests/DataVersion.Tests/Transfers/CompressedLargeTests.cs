using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Transfers;

/// <summary>Large objects of a compressed remote, each a blob of its own.</summary>
public sealed class CompressedLargeTests : IDisposable
{
    private const int Frame = 1024 * 1024;

    private static readonly string Large = Lines(3 * Frame + 1000, "large");
    private static readonly string Packed = Compressed(Large);
    private static readonly Dictionary<string, string> Files = new() { ["large.txt"] = Large, ["small.txt"] = "small" };

    private readonly PackedBox _box = new(zstd: true, TestContext.Current.CancellationToken);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FaultyBlobStore Blobs => _box.Blobs;

    public void Dispose() => _box.Dispose();

    private static string Lines(int length, string word)
    {
        var text = new StringBuilder(length + 40);
        for (int i = 0; text.Length < length; i++)
            text.Append(word).Append(' ').Append(i).Append('\n');
        return text.ToString(0, length);
    }

    private static string Plain(string text) => ObjectLayout.NameOf(PackedBox.KeyOf(text));

    private static string Compressed(string text) => ObjectLayout.CompressedNameOf(PackedBox.KeyOf(text));

    private async Task<CacheSandbox> ExpectLargeFailsAsync(RootKey root, ErrorKind kind)
    {
        (TransferResult result, CacheSandbox cache) = await _box.FetchFreshAsync(root);
        FailedTransfer failed = Assert.Single(result.Failed);
        Assert.Equal(("data/large.txt", PackedBox.KeyOf(Large).Id.ToString(), kind), (failed.Path, failed.Id, failed.Kind));
        Assert.Equal(["small"], await _box.SoundAsync(cache, Files.Values));
        return cache;
    }

    private async Task HealAsync(RootKey root, CacheSandbox cache)
    {
        Assert.Equal(1, (await _box.PushAsync([root], deep: true)).Objects);
        await _box.AssertFetchableAsync(root, Files);
        Assert.Empty((await _box.FetchAsync(cache, new WantedRoot(root, ""))).Failed);
        Assert.Equal(0, (await _box.PushAsync([root], deep: true)).Objects);
    }

    [Fact]
    public async Task What_becomes_smaller_is_compressed_and_what_does_not_lies_under_its_plain_name()
    {
        string most = Lines(Frame, "most"), more = Lines(Frame + 1, "more");
        Dictionary<string, string> files = new() { ["large"] = Large, ["most"] = most, ["more"] = more };
        var noise = new byte[1_500_000];
        new Random(3).NextBytes(noise);
        var alone = new RootKey(await _box.Sandbox.Here.PutAsync(noise, Token), null, noise.Length, 1, "noise");

        RootKey root = await _box.PushedAsync(files);
        await _box.PushAsync([alone]);

        Assert.Equal(new[] { Compressed(Large), ObjectLayout.NameOf(alone.Key), Compressed(more) }.Order(StringComparer.Ordinal), await _box.NamesAsync("dvstore/v1/objects/"));
        Assert.Equal(Frame, (await _box.LocateAsync(PackedBox.KeyOf(most))).Entry.Size);
        await _box.AssertFetchableAsync(root, files);
        (TransferResult fetched, CacheSandbox cache) = await _box.FetchFreshAsync(alone);
        Assert.Empty(fetched.Failed);
        Assert.True(await cache.Cache.VerifyAsync(alone.Key, Token));
        Blobs.ForgetCalls();
        Assert.Equal(0, (await _box.PushAsync([root, alone], deep: true)).Objects);
        Assert.Empty(_box.Written("dvstore/v1/objects/"));
    }

    [Theory]
    [InlineData("gone", ErrorKind.Missing, true)]
    [InlineData("empty", ErrorKind.Corrupt, true)]
    [InlineData("half", ErrorKind.Corrupt, true)]
    [InlineData("one byte less", ErrorKind.Corrupt, true)]
    [InlineData("one byte more", ErrorKind.Corrupt, true)]
    [InlineData("the raw bytes", ErrorKind.Corrupt, true)]
    [InlineData("a longer object", ErrorKind.Corrupt, true)]
    [InlineData("a shorter object", ErrorKind.Corrupt, true)]
    [InlineData("a changed table", ErrorKind.Corrupt, true)]
    [InlineData("a changed footer", ErrorKind.Corrupt, true)]
    [InlineData("another object", ErrorKind.Corrupt, false)]
    [InlineData("a changed first byte", ErrorKind.Corrupt, false)]
    [InlineData("a changed byte in the middle", ErrorKind.Corrupt, false)]
    public async Task What_is_not_the_object_is_never_kept(string what, ErrorKind kind, bool isSeenWithoutReadingAll)
    {
        RootKey root = await _box.PushedAsync(Files);
        string other = Lines(Large.Length + (what == "a longer object" ? 1 : what == "a shorter object" ? -Frame : 0), "other");
        if (what.EndsWith("object", StringComparison.Ordinal))
            await _box.PushAsync([await _box.Sandbox.AddFileAsync("other", other)]);
        byte[] otherBlob = what.EndsWith("object", StringComparison.Ordinal) ? await Blobs.GetAsync(Compressed(other), cancellationToken: Token) : [];
        await _box.ChangeAsync(Packed, bytes => what switch
        {
            "gone" => null,
            "empty" => [],
            "half" => bytes[..(bytes.Length / 2)],
            "one byte less" => bytes[..^1],
            "one byte more" => [.. bytes, 0],
            "the raw bytes" => TransferSandbox.Text(Large),
            "a changed table" => Change(bytes, bytes.Length - 9 - 7),
            "a changed footer" => Change(bytes, bytes.Length - 2),
            "a changed first byte" => Change(bytes, 0),
            "a changed byte in the middle" => Change(bytes, bytes.Length / 2),
            _ => otherBlob,
        });

        CacheSandbox cache = await ExpectLargeFailsAsync(root, kind);

        // That other bytes are in frames of the right sizes shows only when all is read.
        if (!isSeenWithoutReadingAll)
            await _box.ChangeAsync(Packed, _ => null);
        await HealAsync(root, cache);

        static byte[] Change(byte[] bytes, int at)
        {
            bytes[at] ^= 0x10;
            return bytes;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_was_damaged_on_the_way_once_is_asked_for_once_more(int after)
    {
        RootKey root = await _box.PushedAsync(Files);
        foreach (Fault fault in (Fault[])[new Fault.EndsAfter(1000), new Fault.FlipsByte(5000), new Fault.EndsAfter(0)])
        {
            // The table first, and then the frames.
            Blobs.On(Verb.Read, fault, Packed, after);
            await _box.AssertFetchableAsync(root, Files);
        }
    }

    [Fact]
    public async Task A_damaged_compressed_blob_hides_a_plain_one_until_a_deep_push()
    {
        RootKey root = await _box.PushedAsync(Files);
        await Blobs.PutAsync(Plain(Large), TransferSandbox.Text(Large), cancellationToken: Token);
        await _box.ChangeAsync(Packed, bytes => bytes[..^1]);

        await HealAsync(root, await ExpectLargeFailsAsync(root, ErrorKind.Corrupt));
    }

    [Fact]
    public async Task The_temporary_file_is_gone_after_success()
    {
        RootKey root = await _box.Sandbox.AddAsync("data", Files);
        var gate = new TaskCompletionSource();
        Blobs.On(Verb.Write, new Fault.Waits(gate.Task), ".zst");

        Task<TransferResult> push = _box.PushAsync([root]);
        await BegunAsync();
        Assert.Single(_box.Sandbox.Here.Leftovers());
        gate.SetResult();
        await push;

        Assert.Empty(_box.Sandbox.Here.Leftovers());
    }

    [Fact]
    public async Task The_temporary_file_is_gone_after_failure_and_cancellation()
    {
        RootKey root = await _box.Sandbox.AddAsync("data", Files);
        Blobs.On(Verb.Write, new Fault.Throws(Fault.Transient), ".zst");
        await Assert.ThrowsAsync<RemoteException>(() => _box.Sandbox.PushAsync([root]));
        Assert.Empty(_box.Sandbox.Here.Leftovers());

        Blobs.ForgetCalls();
        Blobs.On(Verb.Write, new Fault.Waits(Task.Delay(Timeout.Infinite, Token)), ".zst");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var transfer = new ObjectTransfer(_box.Sandbox.Here.Cache, await _box.Sandbox.OpenAsync(create: true), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);
        Task<TransferResult> push = transfer.PushAsync([root], [], cancel.Token);
        await BegunAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => push);
        Assert.Empty(_box.Sandbox.Here.Leftovers());

        await _box.PushAsync([root]);
        await _box.AssertFetchableAsync(root, Files);
    }

    [Fact]
    public async Task What_is_corrupt_here_is_not_sent_and_leaves_no_temporary_file()
    {
        RootKey root = await _box.Sandbox.AddAsync("data", Files);
        _box.Sandbox.Here.Damage(PackedBox.KeyOf(Large));

        TransferResult result = await _box.Sandbox.PushAsync([root]);

        Assert.Equal(ErrorKind.Corrupt, Assert.Single(result.Failed).Kind);
        Assert.Empty(await _box.NamesAsync("dvstore/v1/objects/"));
        Assert.Empty(await _box.NamesAsync(PackedBox.ReceiptNames));
        Assert.Empty(_box.Sandbox.Here.Leftovers());
    }

    [Fact]
    public async Task Ranges_cost_the_frames_that_cover_their_blocks_and_are_checked()
    {
        string text = Lines((9 * BlockHasher.BlockSize) + 5, "row");
        byte[] bytes = TransferSandbox.Text(text);
        using var hasher = new BlockHasher();
        hasher.Append(bytes);
        byte[] blocks = hasher.Finish();
        ObjectKey list = await _box.Sandbox.Here.PutAsync(blocks, Token);
        RootKey root = await _box.Sandbox.AddFileAsync("huge", text) with { Blocks = list.Id };
        await _box.PushAsync([root]);
        var store = new MeteredStore(Blobs);
        ObjectStore remote = await ObjectStore.OpenAsync(store, "origin", new ObjectStoreOptions { NewId = () => "id" }, Token);
        remote.Use(root);
        CacheSandbox cache = _box.Fresh();
        await using var small = new SmallObjects(cache.Cache);
        var reader = new ContentReader(cache.Cache, small, root, _ => Task.FromResult(remote));
        long stored = (await Blobs.StatAsync(Compressed(text), Token))!.Size;

        foreach ((long offset, int length) in ((long, int)[])[(0, 10), (BlockHasher.BlockSize - 3, 6), (3 * Frame, 2 * Frame), (bytes.Length - 7, 7)])
        {
            using var output = new MemoryStream();
            await reader.CopyToAsync(new ByteRange(offset, length), output, Token);
            Assert.True(output.ToArray().AsSpan().SequenceEqual(bytes.AsSpan((int)offset, length)), $"{offset}");
        }

        Assert.InRange(store.BytesRead, 1, stored * 3 / 4);
        Assert.False(cache.Cache.Contains(root.Key));
        // Not one byte of a block that is not right.
        await _box.ChangeAsync(Compressed(text), b =>
        {
            b[(int)(stored / 2)] ^= 0x10;
            return b;
        });
        using var rest = new MemoryStream();
        await Assert.ThrowsAsync<ObjectCorruptException>(() => reader.CopyToAsync(new ByteRange(0, bytes.Length), rest, Token));
        Assert.Equal(0, rest.Length % BlockHasher.BlockSize);
        Assert.True(bytes.AsSpan(0, (int)rest.Length).SequenceEqual(rest.ToArray()));
        // A blob of a shorter object: the range is not there.
        await _box.PushAsync([await _box.Sandbox.AddFileAsync("large", Large)]);
        await Blobs.PutAsync(Compressed(text), await Blobs.GetAsync(Packed, cancellationToken: Token), WriteMode.Overwrite, Token);
        await Assert.ThrowsAsync<ObjectCorruptException>(() => reader.CopyToAsync(new ByteRange(8 * BlockHasher.BlockSize, 10), rest, Token));
    }

    private async Task BegunAsync()
    {
        while (!Blobs.Calls.Any(c => c.Verb == Verb.Write && c.Name.EndsWith(".zst", StringComparison.Ordinal)))
            await Task.Delay(1, Token);
    }
}
