using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Objects;

public sealed class PushSessionTests
{
    private readonly FaultyBlobStore _blobs = new(new MemoryBlobStore());
    private readonly byte[] _bytes = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7 + (i >> 9)))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ObjectKey Key => ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, _bytes));

    private RootKey Root => new(Key, null, _bytes.Length, 1, "data/x.bin");

    private Task<ObjectStore> OpenAsync() => ObjectStore.OpenAsync(_blobs, "origin", true, () => "x", Token);

    private async Task<PushSession> BeginAsync() => await (await OpenAsync()).BeginPushAsync(Token);

    private Task<WriteOutcome> CollectAsync(int number, string state) =>
        _blobs.PutAsync($"dvstore/v1/collect/{number}", Encoding.UTF8.GetBytes($$"""{"version":1,"state":"{{state}}"}"""), cancellationToken: Token);

    [Fact]
    public async Task An_object_is_sent_once()
    {
        PushSession session = await BeginAsync();

        Assert.True(await session.PutAsync(Key, new BytesContent(_bytes), null, Token));
        Assert.False(await session.PutAsync(Key, new BytesContent(_bytes), null, Token));
        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Fact]
    public async Task Wrong_bytes_under_a_right_name_are_overwritten()
    {
        PushSession session = await BeginAsync();
        await _blobs.PutAsync(ObjectLayout.NameOf(Key), _bytes[..1000], cancellationToken: Token);

        Assert.True(await session.PutAsync(Key, new BytesContent(_bytes), null, Token));
        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(199_999)]
    public async Task A_corrupt_object_is_never_sent(int flipped)
    {
        PushSession session = await BeginAsync();
        byte[] corrupt = [.. _bytes];
        corrupt[flipped] ^= 1;

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => session.PutAsync(Key, new TestContent(corrupt), null, Token));

        Assert.Equal(Key.Id.ToString(), error.Id);
        Assert.Null(await _blobs.StatAsync(ObjectLayout.NameOf(Key), Token));
    }

    [Theory]
    [InlineData(199_999)]
    [InlineData(200_001)]
    public async Task An_object_of_another_size_is_never_sent(int length)
    {
        PushSession session = await BeginAsync();
        byte[] other = _bytes;
        Array.Resize(ref other, length);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => session.PutAsync(Key, new TestContent(other), null, Token));
        await Assert.ThrowsAsync<ObjectCorruptException>(() => session.PutAsync(Key, new TestContent(other, length: _bytes.Length), null, Token));

        Assert.Null(await _blobs.StatAsync(ObjectLayout.NameOf(Key), Token));
    }

    [Fact]
    public async Task An_empty_object_is_checked_too()
    {
        PushSession session = await BeginAsync();
        ObjectKey empty = ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, []));

        Assert.True(await session.PutAsync(empty, new BytesContent(Array.Empty<byte>()), null, Token));
        await Assert.ThrowsAsync<ObjectCorruptException>(() => session.PutAsync(Key, new BytesContent(Array.Empty<byte>()), null, Token));
    }

    [Fact]
    public void Content_from_an_offset_is_still_checked_as_a_whole()
    {
        byte[] corrupt = [.. _bytes];
        corrupt[5] ^= 1;
        using Stream good = new HashedOnTheWay(new BytesContent(_bytes), Key.Id).OpenRead(150_000);
        using Stream bad = new HashedOnTheWay(new BytesContent(corrupt), Key.Id).OpenRead(150_000);
        using var copy = new MemoryStream();

        good.CopyTo(copy);

        Assert.Equal(_bytes[150_000..], copy.ToArray());
        Assert.Throws<ObjectCorruptException>(() => bad.CopyTo(Stream.Null));
    }

    [Fact]
    public async Task A_root_is_covered_once_it_is_committed()
    {
        PushSession session = await BeginAsync();
        await session.PutAsync(Key, new BytesContent(_bytes), null, Token);
        Assert.False(await session.IsCoveredAsync(Root, Token));

        Assert.True(await session.CommitAsync([Root], Token));

        Assert.True(await (await BeginAsync()).IsCoveredAsync(Root, Token));
        // With a block list it is another promise; as a tree, another thing.
        Assert.False(await session.IsCoveredAsync(Root with { Blocks = Key.Id }, Token));
        Assert.False(await session.IsCoveredAsync(Root with { Key = ObjectKey.Tree(Key.Id) }, Token));
    }

    [Fact]
    public async Task The_state_is_read_again_after_the_receipt()
    {
        PushSession session = await BeginAsync();
        _blobs.ForgetCalls();

        await session.CommitAsync([Root], Token);

        List<Verb> verbs = [.. _blobs.Calls.Select(c => c.Verb)];
        Assert.True(verbs.IndexOf(Verb.Write) < verbs.IndexOf(Verb.List));
    }

    [Fact]
    public async Task A_push_during_which_a_collection_moved_on_is_not_committed()
    {
        PushSession session = await BeginAsync();
        await CollectAsync(1, "condemned");

        Assert.False(await session.CommitAsync([Root], Token));
    }

    [Theory]
    [InlineData(false, "condemned")]
    [InlineData(false, "condemned", "deleting")]
    [InlineData(true, "condemned", "idle")]
    [InlineData(true)]
    [InlineData(true, "condemned", "deleting", "idle")]
    public async Task Receipts_vouch_for_nothing_while_a_collection_runs(bool expected, params string[] states)
    {
        for (int i = 0; i < states.Length; i++)
            await CollectAsync(i + 1, states[i]);

        PushSession session = await BeginAsync();

        Assert.Equal(expected, session.MayInfer);
        Assert.True(await session.CommitAsync([Root], Token));
        Assert.Equal(expected, await (await BeginAsync()).IsCoveredAsync(Root, Token));
    }

    [Fact]
    public async Task A_receipt_from_before_the_last_deletion_vouches_for_nothing()
    {
        Assert.True(await (await BeginAsync()).CommitAsync([Root], Token));
        string[] states = ["condemned", "deleting", "idle", "condemned", "deleting", "idle", "condemned", "deleting", "idle", "idle"];
        for (int i = 0; i < states.Length; i++)
            await CollectAsync(i + 1, states[i]);

        PushSession session = await BeginAsync();
        Assert.False(await session.IsCoveredAsync(Root, Token));
        await session.CommitAsync([Root], Token);

        Assert.Single(await _blobs.NamesAsync("dvstore/v1/receipts/8/", Token));
        Assert.True(await (await BeginAsync()).IsCoveredAsync(Root, Token));
    }

    [Theory]
    [InlineData("""{"version":2,"state":"idle"}""")]
    [InlineData("""{"version":1,"state":"sleeping"}""")]
    [InlineData("""{"version":1}""")]
    public async Task A_state_that_is_not_known_stops_the_push(string text)
    {
        ObjectStore store = await OpenAsync();
        await _blobs.PutAsync("dvstore/v1/collect/3", Encoding.UTF8.GetBytes(text), cancellationToken: Token);

        await Assert.ThrowsAsync<UsageException>(() => store.BeginPushAsync(Token));
    }

    [Fact]
    public async Task A_state_that_is_no_document_stops_the_push()
    {
        ObjectStore store = await OpenAsync();
        await _blobs.PutAsync("dvstore/v1/collect/3", [1, 2, 3], cancellationToken: Token);

        await Assert.ThrowsAsync<InvalidFormatException>(() => store.BeginPushAsync(Token));
    }

    [Fact]
    public async Task An_unchanged_push_costs_a_few_requests()
    {
        await (await BeginAsync()).CommitAsync([Root], Token);
        _blobs.ForgetCalls();

        PushSession session = await BeginAsync();
        Assert.True(await session.IsCoveredAsync(Root, Token));
        Assert.True(await session.CommitAsync([], Token));

        // The document, the state, the receipt, the state again.
        Assert.Equal([Verb.Read, Verb.List, Verb.List, Verb.List], _blobs.Calls.Select(c => c.Verb));
    }

    [Fact]
    public async Task Among_very_many_receipts_each_root_is_asked_for()
    {
        for (int i = 0; i < 16_500; i++)
            await _blobs.PutAsync($"dvstore/v1/receipts/0/file-sha256-{i:x64}/1", [], cancellationToken: Token);
        RootKey[] roots = [.. Enumerable.Range(0, 16).Select(i => Root with { Key = ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, [(byte)i])) })];
        PushSession session = await BeginAsync();
        await session.CommitAsync(roots[..5], Token);
        _blobs.ForgetCalls();

        Assert.True((await session.FindCoveredAsync(roots, Token)).SetEquals(roots[..5]));
        Assert.InRange(_blobs.Calls.Count, 2, 1 + roots.Length);
    }

    [Fact]
    public async Task Nothing_is_put_where_there_is_no_remote()
    {
        ObjectStore store = await ObjectStore.OpenAsync(_blobs, "origin", false, () => "x", Token);
        PushSession session = await store.BeginPushAsync(Token);

        Assert.False(await session.IsCoveredAsync(Root, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.PutAsync(Key, new BytesContent(_bytes), null, Token));
    }
}
