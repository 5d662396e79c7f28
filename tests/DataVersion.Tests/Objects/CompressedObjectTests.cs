using DataVersion.Compression;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Objects;

/// <summary>Objects of more than a mebibyte on a remote that compresses.</summary>
public sealed class CompressedObjectTests : IDisposable
{
    private const int Mebi = 1024 * 1024;

    private static readonly byte[] Lines = [.. Enumerable.Range(0, (3 * Mebi) + 77).Select(i => (byte)("a line of text\n"[i % 15] + (i >> 17)))];

    private readonly FaultyBlobStore _blobs = new(new MemoryBlobStore());
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ObjectKey Key => KeyOf(Lines);

    private static string Name => ObjectLayout.CompressedNameOf(Key);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_becomes_smaller_lies_compressed_and_comes_back_whole_or_in_ranges()
    {
        long told = 0;
        ObjectStore store = await OpenAsync();

        Assert.True(await (await BeginAsync(store)).PutAsync(Key, new BytesContent(Lines), n => told += n, Token));

        Assert.Equal([Name], await _blobs.NamesAsync("dvstore/v1/objects/", Token));
        Assert.InRange((await _blobs.StatAsync(Name, Token))!.Size, 1, Lines.Length / 4);
        Assert.Equal(Lines.Length, told);
        AssertNoTemporaryFile();
        Assert.Equal(Lines, await ReadAsync(store, null));
        foreach ((int from, int length) in ((int, int)[])[(0, 1), (Mebi - 1, 2), (Mebi, Mebi), (5, (2 * Mebi) + 9), (Lines.Length - 1, 1), (Lines.Length - 1, 100), (Lines.Length, 5)])
            Assert.Equal(Lines[from..Math.Min(from + length, Lines.Length)], await ReadAsync(store, new ByteRange(from, length)));
    }

    [Fact]
    public async Task What_does_not_become_smaller_lies_as_it_is()
    {
        byte[] noise = new byte[2 * Mebi];
        new Random(1).NextBytes(noise);
        ObjectStore store = await OpenAsync();

        Assert.True(await (await BeginAsync(store)).PutAsync(KeyOf(noise), new BytesContent(noise), null, Token));

        Assert.Equal([ObjectLayout.NameOf(KeyOf(noise))], await _blobs.NamesAsync("dvstore/v1/objects/", Token));
        Assert.Equal(noise, await ReadAsync(store, null, KeyOf(noise)));
        Assert.Empty(await store.FindMissingAsync([new ObjectRequest(KeyOf(noise), noise.Length)], Token));
        AssertNoTemporaryFile();
    }

    [Fact]
    public async Task It_is_sent_once_and_found_by_its_size()
    {
        ObjectStore store = await OpenAsync();
        await PutAsync();
        _blobs.ForgetCalls();

        Assert.False(await PutAsync());
        Assert.Equal(0, _blobs.Count(Verb.Write));
        Assert.Empty(await store.FindMissingAsync([new ObjectRequest(Key, Lines.Length)], Token));
        Assert.Equal([Key], await store.FindMissingAsync([new ObjectRequest(Key, Lines.Length + 1)], Token));
    }

    [Fact]
    public async Task Two_pushers_at_once_do_no_harm()
    {
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(PutAsync, Token)));

        Assert.Equal(Lines, await ReadAsync(await OpenAsync(), null));
        AssertNoTemporaryFile();
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("a byte less")]
    [InlineData("empty")]
    [InlineData("a flipped bit in the table")]
    [InlineData("another object's")]
    [InlineData("garbage")]
    public async Task What_a_look_at_the_table_finds_is_replaced(string how)
    {
        await PutAsync();
        byte[] damaged = await DamageAsync(how);
        // What lies beside it helps nobody: readers take the compressed one.
        await _blobs.PutAsync(ObjectLayout.NameOf(Key), Lines, cancellationToken: Token);
        ObjectStore store = await OpenAsync();

        Assert.NotEqual(Lines, await TryReadAsync(store, null));
        Assert.NotEqual(Lines[^5..], await TryReadAsync(store, new ByteRange(Lines.Length - 5, 5)));
        Assert.Equal([Key], await store.FindMissingAsync([new ObjectRequest(Key, Lines.Length)], Token));
        Assert.True(await PutAsync());

        Assert.NotEqual(damaged, await _blobs.GetAsync(Name, cancellationToken: Token));
        Assert.Equal(Lines, await ReadAsync(await OpenAsync(), null));
        // Whoever has seen the damaged one asks once more, as all readers do.
        Assert.Equal(Lines, await SmallObjectReader.TwiceAsync(() => ReadAsync(store, null)));
    }

    [Fact]
    public async Task A_flipped_bit_in_a_frame_fails_the_ranges_that_it_is_in()
    {
        await PutAsync();
        byte[] bytes = await _blobs.GetAsync(Name, cancellationToken: Token);
        // The magic number of the second frame.
        int second = bytes.AsSpan(4).IndexOf((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) + 4;
        bytes[second] ^= 1;
        await _blobs.PutAsync(Name, bytes, WriteMode.Overwrite, Token);
        ObjectStore store = await OpenAsync();

        Assert.Equal(Lines[..Mebi], await ReadAsync(store, new ByteRange(0, Mebi)));
        Assert.Equal(Lines[(2 * Mebi)..], await ReadAsync(store, new ByteRange(2 * Mebi, int.MaxValue)));
        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => ReadAsync(store, new ByteRange(Mebi, 1)));
        Assert.Equal(Key.Id.ToString(), error.Id);
        await Assert.ThrowsAsync<ObjectCorruptException>(() => ReadAsync(store, null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_500_000)]
    public async Task What_has_another_id_is_never_sent_and_leaves_nothing(int flipped)
    {
        byte[] corrupt = [.. Lines];
        corrupt[flipped] ^= 1;
        PushSession session = await BeginAsync(await OpenAsync());

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => session.PutAsync(Key, new BytesContent(corrupt), null, Token));

        Assert.Equal(Key.Id.ToString(), error.Id);
        Assert.Empty(await _blobs.NamesAsync("dvstore/v1/objects/", Token));
        AssertNoTemporaryFile();
    }

    [Fact]
    public async Task A_remote_that_fails_leaves_nothing_behind()
    {
        PushSession session = await BeginAsync(await OpenAsync());
        _blobs.On(Verb.Write, new Fault.Throws(Fault.Denied), ".zst");

        await Assert.ThrowsAsync<RemoteException>(() => session.PutAsync(Key, new BytesContent(Lines), null, Token));

        AssertNoTemporaryFile();
        Assert.True(await PutAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_is_cancelled_leaves_nothing_behind(bool whileItIsCompressed)
    {
        PushSession session = await BeginAsync(await OpenAsync());
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        bool wasThere = false;
        var content = new TestContent(Lines, beforeRead: position =>
        {
            if (!whileItIsCompressed || Temporary().Length == 0)
                return;
            wasThere = true;
            cancel.Cancel();
        });
        var gate = new TaskCompletionSource();
        _blobs.On(Verb.Write, new Fault.Waits(gate.Task), ".zst");
        Task put = session.PutAsync(Key, content, null, cancel.Token);
        if (!whileItIsCompressed)
        {
            while (!_blobs.Calls.Any(c => c.Verb == Verb.Write && c.Name == Name))
                await Task.Delay(1, Token);
            wasThere = Temporary().Length > 0;
            await cancel.CancelAsync();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);

        Assert.True(wasThere);
        AssertNoTemporaryFile();
        Assert.Empty(await _blobs.NamesAsync("dvstore/v1/objects/", Token));
    }

    private static ObjectKey KeyOf(byte[] bytes) => ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, bytes));

    private Task<ObjectStore> OpenAsync() =>
        ObjectStore.OpenAsync(_blobs, "origin", new ObjectStoreOptions { Create = true, NewId = () => "x", Format = new StoreFormat(true, true) }, Token);

    private Task<PushSession> BeginAsync(ObjectStore store) => store.BeginPushAsync(new PartOptions { TempDirectory = _folder.Path }, Token);

    private async Task<bool> PutAsync() => await (await BeginAsync(await OpenAsync())).PutAsync(Key, new BytesContent(Lines), null, Token);

    private static async Task<byte[]> ReadAsync(ObjectStore store, ByteRange? range, ObjectKey? key = null)
    {
        await using Stream stream = await store.OpenReadAsync(new ObjectRequest(key ?? Key, null), range, Token);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    // What is in the format and of another object is found by whoever hashes it.
    private static async Task<byte[]?> TryReadAsync(ObjectStore store, ByteRange? range)
    {
        try
        {
            return await ReadAsync(store, range);
        }
        catch (ObjectCorruptException)
        {
            return null;
        }
    }

    private async Task<byte[]> DamageAsync(string how)
    {
        byte[] bytes = await _blobs.GetAsync(Name, cancellationToken: Token);
        using var other = new MemoryStream();
        await SeekableZstd.CompressAsync(new MemoryStream(Lines[..^7]), other, null, Token);
        byte[] damaged = how switch
        {
            "cut" => bytes[..(bytes.Length / 2)],
            "a byte less" => bytes[..^1],
            "empty" => [],
            "a flipped bit in the table" => [.. bytes[..^10], (byte)(bytes[^10] ^ 1), .. bytes[^9..]],
            "another object's" => other.ToArray(),
            _ => new byte[bytes.Length],
        };
        await _blobs.PutAsync(Name, damaged, WriteMode.Overwrite, Token);
        return damaged;
    }

    private string[] Temporary() => Directory.GetFileSystemEntries(_folder.Path);

    private void AssertNoTemporaryFile() => Assert.Empty(Temporary());
}
