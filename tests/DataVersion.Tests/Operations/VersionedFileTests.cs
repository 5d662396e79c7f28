using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Operations;

/// <summary>Reading one file of a version, whole or in parts, from the cache or the remote.</summary>
public sealed class VersionedFileTests : IDisposable
{
    private const int Block = BlockHasher.BlockSize;

    private readonly VersionScene _scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A_range_of_a_large_file_costs_its_blocks_and_stores_no_contents()
    {
        await _scene.PushLargeAsync();
        long before = _scene.Store.BytesRead;

        byte[] part = await _scene.ReadAsync("data/large.bin", Block + 100, 1 << 20);

        Assert.Equal(VersionScene.Large[(Block + 100)..(Block + 100 + (1 << 20))], part);
        Assert.InRange(_scene.Store.BytesRead - before, 1 << 20, Block + 10_000);
        Assert.False(_scene.There.Cache.Contains(CacheSandbox.KeyOf(VersionScene.Large)));
        // The tree and the block list are kept: the next part costs its blocks alone.
        _scene.Reopen();
        int reads = _scene.Store.Reads.Count;
        await _scene.ReadAsync("data/large.bin", (2 * Block) - 1, 2);
        Assert.Equal(
            [null, new ByteRange(Block, Block), new ByteRange(2 * Block, Block)],
            _scene.Store.Reads.Skip(reads).Select(r => r.Range).OrderBy(r => r?.Offset));
    }

    [Fact]
    public async Task The_whole_is_streamed_and_right()
    {
        await _scene.PushLargeAsync();

        Assert.True((await _scene.ReadAsync("data/large.bin")).AsSpan().SequenceEqual(VersionScene.Large));
        Assert.False(_scene.There.Cache.Contains(CacheSandbox.KeyOf(VersionScene.Large)));
        Assert.Equal(VersionScene.Large[^10..], await _scene.ReadAsync("data/large.bin", VersionScene.LargeSize - 10, long.MaxValue));
    }

    [Fact]
    public async Task A_corrupt_block_ends_it_before_its_first_byte()
    {
        await _scene.PushLargeAsync();
        string name = ObjectLayout.NameOf(CacheSandbox.KeyOf(VersionScene.Large));
        byte[] damaged = [.. VersionScene.Large];
        damaged[(3 * Block) + 1]++;
        await _scene.Store.WriteAsync(name, new BytesContent(damaged), WriteMode.Overwrite, Token);
        using var output = new MemoryStream();

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => _scene.ReadAsync("data/large.bin", output, (3 * Block) - 4));

        Assert.Equal(VersionScene.Large[((3 * Block) - 4)..(3 * Block)], output.ToArray());
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains("on remote 'origin', bytes 25165824 to 33554431", error.Message, StringComparison.Ordinal);
        // Other blocks are good.
        Assert.Equal(VersionScene.Large[(4 * Block)..((4 * Block) + 9)], await _scene.ReadAsync("data/large.bin", 4 * Block, 9));
    }

    [Fact]
    public async Task A_corrupt_small_file_is_not_written_at_all()
    {
        _scene.Write("data/a.txt", "hello, world");
        await _scene.PushAsync("data");
        string name = ObjectLayout.NameOf(CacheSandbox.KeyOf("hello, world"u8.ToArray()));

        foreach ((string bytes, string found) in new[] { ("hello, World", "sha256:"), ("hello", "5 instead of 12"), ("hello, world!", "more than the 12 declared") })
        {
            await _scene.Store.WriteAsync(name, new BytesContent(System.Text.Encoding.UTF8.GetBytes(bytes)), WriteMode.Overwrite, Token);
            using var output = new MemoryStream();
            var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => _scene.ReadAsync("data/a.txt", output, 0, 3));
            Assert.Equal(0, output.Length);
            Assert.StartsWith(found, error.Actual, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_the_right_block_list_nothing_is_written(bool missing)
    {
        await _scene.PushLargeAsync();
        using var blocks = new BlockHasher();
        blocks.Append(VersionScene.Large);
        string name = ObjectLayout.NameOf(CacheSandbox.KeyOf(blocks.Finish()));
        if (missing)
            await _scene.Store.DeleteAsync(name, null, Token);
        else
            await _scene.Store.WriteAsync(name, new BytesContent(new byte[9 * 32]), WriteMode.Overwrite, Token);
        using var output = new MemoryStream();

        var error = await Assert.ThrowsAnyAsync<DataVersionException>(() => _scene.ReadAsync("data/large.bin", output, 0, 10));

        Assert.Equal(missing ? ErrorKind.Missing : ErrorKind.Corrupt, error.Kind);
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public async Task A_large_file_without_a_block_list_is_fetched_and_proved_as_a_whole()
    {
        _scene.Write("big.bin", VersionScene.Large);
        await _scene.PushAsync("big.bin");
        string pointer = Path.Combine(_scene.There.Layout.Root, "big.bin.dv");
        File.WriteAllLines(pointer, File.ReadAllLines(pointer).Where(l => !l.StartsWith("blocks:", StringComparison.Ordinal)));

        Assert.Equal(VersionScene.Large[Block..(Block + 5)], await _scene.ReadAsync("big.bin", Block, 5));

        Assert.True(_scene.There.Cache.IsTrusted(CacheSandbox.KeyOf(VersionScene.Large)));
    }

    [Fact]
    public async Task A_missing_object_is_named()
    {
        _scene.Write("data/a.txt", "hello");
        await _scene.PushAsync("data");
        ObjectKey key = CacheSandbox.KeyOf("hello"u8.ToArray());
        await _scene.Store.DeleteAsync(ObjectLayout.NameOf(key), null, Token);

        var error = await Assert.ThrowsAsync<ObjectMissingException>(() => _scene.ReadAsync("data/a.txt"));

        Assert.Contains($"{key.Id}", error.Message, StringComparison.Ordinal);
        Assert.Contains("is missing on remote 'origin'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pointer_that_lies_about_the_size_is_found_out()
    {
        _scene.Write("a.txt", "hello");
        await _scene.PushAsync("a.txt");
        string pointer = Path.Combine(_scene.There.Layout.Root, "a.txt.dv");
        File.WriteAllText(pointer, File.ReadAllText(pointer).Replace("size: 5", "size: 4", StringComparison.Ordinal));

        await Assert.ThrowsAsync<ObjectCorruptException>(() => _scene.ReadAsync("a.txt"));
        File.WriteAllText(pointer, File.ReadAllText(pointer).Replace("size: 4", "size: 5", StringComparison.Ordinal));
        await new Fetch(_scene.There, SilentMonitor.Instance).RunAsync(VersionScene.Request(_scene.There), Token);
        File.WriteAllText(pointer, File.ReadAllText(pointer).Replace("size: 5", "size: 4", StringComparison.Ordinal));
        using var output = new MemoryStream();
        await Assert.ThrowsAsync<ObjectCorruptException>(() => _scene.ReadAsync("a.txt", output));
        Assert.Equal(0, output.Length);
        // Not the object is at fault.
        Assert.True(_scene.There.Cache.Contains(CacheSandbox.KeyOf("hello"u8.ToArray())));
    }

    [Theory]
    [InlineData(0, null, "hello")]
    [InlineData(0, 0L, "")]
    [InlineData(1, 3L, "ell")]
    [InlineData(3, 100L, "lo")]
    [InlineData(5, null, "")]
    [InlineData(5, 1L, "")]
    public async Task Parts_of_a_small_file_are_what_they_should_be(long offset, long? length, string expected)
    {
        _scene.Write("data/a.txt", "hello");
        await _scene.PushAsync("data");

        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(await _scene.ReadAsync("data/a.txt", offset, length)));
    }

    [Fact]
    public async Task Beyond_the_end_is_an_error()
    {
        _scene.Write("data/a.txt", "hello");
        await _scene.PushAsync("data");

        var error = await Assert.ThrowsAsync<UsageException>(() => _scene.ReadAsync("data/a.txt", 6));

        Assert.Equal("'data/a.txt' has 5 bytes: there is no byte 6", error.Message);
    }

    [Fact]
    public async Task Names_links_and_empty_files_lead_where_they_should()
    {
        _scene.Write("data/sub/weird ü\n\\ name", "weird");
        _scene.Write("data/sub/deep/x", "x");
        _scene.Write("data/empty", "");
        _scene.Link("data/to-file", "sub/deep/x");
        _scene.Link("data/to-folder", "./sub/deep/");
        _scene.Link("data/sub/deep/up", "../../to-file");
        _scene.Link("data/sub/dangling", "nothing");
        await _scene.PushAsync("data");

        Assert.Equal("weird"u8.ToArray(), await _scene.ReadAsync("data/sub/weird ü\n\\ name"));
        Assert.Empty(await _scene.ReadAsync("data/empty"));
        foreach (string path in (string[])["data/to-file", "data/to-folder/x", "data/sub/deep/up", "data/to-folder/up"])
            Assert.Equal("x"u8.ToArray(), await _scene.ReadAsync(path));
        await using (VersionedFile file = await _scene.OpenAsync("data/to-folder/up"))
            Assert.Equal("data/sub/deep/x", file.Path);
        foreach ((string path, string message) in new[]
        {
            ("data", "'data' is a folder"), ("data/sub/deep", "'data/sub/deep' is a folder"), ("data/to-folder", "'data/to-folder' is a folder"), (".", "'.' is a folder"),
            ("data/nope", "'data/nope' is not in 'data'"), ("data/sub/dangling", "'data/sub/dangling' is not in 'data'"), ("data/empty/x", "'data/empty/x' is not in 'data'"),
            ("nope", "'nope' is not tracked by dv"),
        })
            Assert.Equal(message, (await Assert.ThrowsAsync<UsageException>(() => _scene.ReadAsync(path))).Message);
    }

    [Fact]
    public async Task Links_that_lead_out_or_round_are_refused()
    {
        _scene.Write("data/a", "a");
        await _scene.PushAsync("data");
        foreach ((string target, string problem) in new[] { ("../../etc/passwd", "leads out"), ("/etc/passwd", "leads out"), ("self", "a circle") })
        {
            RootKey root = await PlantAsync("self", target);
            File.WriteAllText(Path.Combine(_scene.There.Layout.Root, "data.dv"), $"dv: 1\ntype: directory\nhash: {root.Key.Id}\nsize: {root.Size}\nfiles: 1\n");
            var error = await Assert.ThrowsAsync<UnsafePathException>(() => _scene.ReadAsync("data/self"));
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Passing_failures_are_tried_again_and_others_told()
    {
        await _scene.PushLargeAsync();
        string name = ObjectLayout.NameOf(CacheSandbox.KeyOf(VersionScene.Large));
        _scene.Faults.On(Verb.Read, new Fault.BreaksAfter(1000, Fault.Transient), name, times: 2).On(Verb.Read, new Fault.Throws(Fault.Transient), "/trees/");

        await using VersionedFile file = await _scene.OpenAsync("data/large.bin");
        using var output = new MemoryStream();
        await file.CopyToAsync(0, 3 * Block, output, Token);

        Assert.True(output.ToArray().AsSpan().SequenceEqual(VersionScene.Large.AsSpan(0, 3 * Block)));
        Assert.Equal(3, file.Retries);
        _scene.Faults.On(Verb.Read, new Fault.Throws(Fault.Denied), name, times: 9);
        await Assert.ThrowsAsync<RemoteException>(() => file.CopyToAsync(0, 5, output, Token));
    }

    private async Task<RootKey> PlantAsync(string name, string target)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(target);
        ObjectKey link = CacheSandbox.KeyOf(bytes);
        byte[] tree = System.Text.Encoding.UTF8.GetBytes($"dv-tree 1\nl {bytes.Length} {link.Id} {name}\n");
        ObjectKey key = ObjectKey.Tree(CacheSandbox.KeyOf(tree).Id);
        await _scene.Store.WriteAsync(ObjectLayout.NameOf(link), new BytesContent(bytes), WriteMode.Overwrite, Token);
        await _scene.Store.WriteAsync(ObjectLayout.NameOf(key), new BytesContent(tree), WriteMode.Overwrite, Token);
        return new RootKey(key, null, bytes.Length, 1, "data");
    }
}
