using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Objects;

public sealed class LargeUploadTests : IDisposable
{
    private const int PartSize = 1000;

    private readonly MemoryBlobStore _blobs = new();
    private readonly TempFolder _folder = new();
    private readonly byte[] _bytes = [.. Enumerable.Range(0, 25_300).Select(i => (byte)(i * 7 + (i >> 8)))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ObjectKey Key => ObjectKey.Content(IdentityHash.Of(HashKind.Sha256, _bytes));

    private PartOptions Options => new() { Threshold = 5000, PartSize = PartSize, AtOnce = 3, JournalDirectory = Path.Join(_folder.Path, "uploads") };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_large_object_goes_in_parts()
    {
        var store = new CountingParts(_blobs);
        PushSession session = await BeginAsync(store);
        long sent = 0;

        Assert.True(await session.PutAsync(Key, new BytesContent(_bytes), n => Interlocked.Add(ref sent, n), Token));

        Assert.Equal(26, store.Written.Count);
        Assert.Equal(_bytes.Length, sent);
        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
        Assert.Empty(Directory.GetFiles(Options.JournalDirectory!));
        Assert.False(await session.PutAsync(Key, new BytesContent(_bytes), null, Token));
    }

    [Fact]
    public async Task An_interrupted_upload_sends_only_what_is_missing()
    {
        var failing = new CountingParts(_blobs) { FailAt = 12 };
        await Assert.ThrowsAsync<RemoteException>(async () => await (await BeginAsync(failing)).PutAsync(Key, new BytesContent(_bytes), null, Token));
        Assert.Null(await _blobs.StatAsync(ObjectLayout.NameOf(Key), Token));

        var store = new CountingParts(_blobs);
        long sent = 0;
        Assert.True(await (await BeginAsync(store)).PutAsync(Key, new BytesContent(_bytes), n => Interlocked.Add(ref sent, n), Token));

        Assert.Equal(_bytes.Length, sent);
        Assert.InRange(store.Written.Count, 26 - failing.Done, 26 - 9);
        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Fact]
    public async Task A_part_that_is_no_longer_what_the_content_is_goes_again()
    {
        byte[] other = [.. _bytes];
        other[3_500]++;
        // Early: what is cut and hashed ahead of the parts that are sent must not reach the end before it.
        var failing = new CountingParts(_blobs) { FailAt = 10 };
        // What was sent the first time was damaged, and nobody knew: the upload broke off before the hash was complete.
        await Assert.ThrowsAsync<RemoteException>(async () => await (await BeginAsync(failing)).PutAsync(Key, new BytesContent(other), null, Token));
        Assert.Contains(4, failing.Written);

        var store = new CountingParts(_blobs);
        await (await BeginAsync(store)).PutAsync(Key, new BytesContent(_bytes), null, Token);

        Assert.Contains(4, store.Written);
        Assert.DoesNotContain(1, store.Written);
        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_parts_cannot_be_replaced_a_doubtful_one_begins_the_upload_anew(bool journalKnowsIt)
    {
        byte[] other = [.. _bytes];
        other[3_500]++;
        var failing = new CountingParts(_blobs) { FailAt = 20, InOrder = true };
        await Assert.ThrowsAsync<RemoteException>(async () => await (await BeginAsync(failing)).PutAsync(Key, new BytesContent(other), null, Token));
        string journal = Assert.Single(Directory.GetFiles(Options.JournalDirectory!));
        if (!journalKnowsIt)
            await File.WriteAllLinesAsync(journal, (await File.ReadAllLinesAsync(journal, Token))[..3], Token);

        var store = new CountingParts(_blobs) { InOrder = true };
        Assert.True(await (await BeginAsync(store)).PutAsync(Key, new BytesContent(_bytes), null, Token));

        Assert.Equal(Enumerable.Range(1, 26), store.Written.TakeLast(26));
        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Fact]
    public async Task An_upload_that_the_store_has_forgotten_begins_anew()
    {
        var failing = new CountingParts(_blobs) { FailAt = 12 };
        await Assert.ThrowsAsync<RemoteException>(async () => await (await BeginAsync(failing)).PutAsync(Key, new BytesContent(_bytes), null, Token));
        await _blobs.Parts!.AbortAsync(failing.Last!, Token);

        var store = new CountingParts(_blobs);
        Assert.True(await (await BeginAsync(store)).PutAsync(Key, new BytesContent(_bytes), null, Token));

        Assert.Equal(26, store.Written.Count);
        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Fact]
    public async Task An_upload_that_is_forgotten_half_way_begins_anew()
    {
        var store = new CountingParts(_blobs) { ForgetAt = 10 };

        Assert.True(await (await BeginAsync(store)).PutAsync(Key, new BytesContent(_bytes), null, Token));

        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Fact]
    public async Task Wrong_bytes_are_never_completed_and_leave_nothing()
    {
        byte[] other = [.. _bytes];
        other[^1]++;
        var store = new CountingParts(_blobs);

        var error = await Assert.ThrowsAsync<ObjectCorruptException>(
            async () => await (await BeginAsync(store)).PutAsync(Key, new BytesContent(other), null, Token));

        Assert.Equal(Key.Id.ToString(), error.Id);
        Assert.Null(await _blobs.StatAsync(ObjectLayout.NameOf(Key), Token));
        Assert.Null(await _blobs.Parts!.FindPartsAsync(store.Last!, Token));
        Assert.DoesNotContain(26, store.Written);
        Assert.Empty(Directory.GetFiles(Options.JournalDirectory!));
    }

    [Fact]
    public async Task Bytes_that_change_between_the_hash_and_the_sending_are_never_completed()
    {
        // Every second read of the content gives other bytes: what is hashed is right, what is sent is not.
        var content = new ChangingContent(_bytes);

        await Assert.ThrowsAsync<ObjectCorruptException>(async () => await (await BeginAsync(_blobs)).PutAsync(Key, content, null, Token));

        Assert.Null(await _blobs.StatAsync(ObjectLayout.NameOf(Key), Token));
    }

    [Fact]
    public async Task Other_bytes_under_the_name_are_replaced()
    {
        await _blobs.PutAsync(ObjectLayout.NameOf(Key), _bytes[..9_000], cancellationToken: Token);

        Assert.True(await (await BeginAsync(_blobs)).PutAsync(Key, new BytesContent(_bytes), null, Token));

        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Fact]
    public async Task Two_pushers_at_once_do_no_harm()
    {
        PushSession one = await BeginAsync(_blobs), two = await BeginAsync(_blobs);

        await Task.WhenAll(one.PutAsync(Key, new BytesContent(_bytes), null, Token), two.PutAsync(Key, new BytesContent(_bytes), null, Token));

        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Fact]
    public async Task What_nobody_went_on_with_for_a_week_is_given_up()
    {
        var failing = new CountingParts(_blobs) { FailAt = 12 };
        PushSession session = await BeginAsync(failing);
        await Assert.ThrowsAsync<RemoteException>(() => session.PutAsync(Key, new BytesContent(_bytes), null, Token));

        await session.ExpireUploadsAsync(DateTimeOffset.UtcNow + TimeSpan.FromDays(6), Token);
        Assert.NotNull(await _blobs.Parts!.FindPartsAsync(failing.Last!, Token));
        await session.ExpireUploadsAsync(DateTimeOffset.UtcNow + TimeSpan.FromDays(8), Token);

        Assert.Null(await _blobs.Parts!.FindPartsAsync(failing.Last!, Token));
        Assert.Empty(Directory.GetFiles(Options.JournalDirectory!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n")]
    [InlineData("dv-upload 1 25300 1000 IfAbsent other-name 1\n")]
    [InlineData("dv-upload 1 25300 0 IfAbsent NAME 1\n1 1000 0 x\n")]
    [InlineData("dv-upload 1 25300 1000 IfAbsent NAME 1\n1 1000 zz x\n99 1000 0 x\n2 5 00 x\n3 1000")]
    public async Task A_journal_that_cannot_be_believed_costs_sending_again(string journal)
    {
        Directory.CreateDirectory(Options.JournalDirectory!);
        using (UploadJournal made = UploadJournal.Open(Options.JournalDirectory, ObjectLayout.NameOf(Key)))
            made.Begin(new PartUpload(ObjectLayout.NameOf(Key), "1", 1, 1, WriteMode.IfAbsent));
        string file = Assert.Single(Directory.GetFiles(Options.JournalDirectory!));
        await File.WriteAllTextAsync(file, journal.Replace("NAME", ObjectLayout.NameOf(Key), StringComparison.Ordinal), Token);

        Assert.True(await (await BeginAsync(_blobs)).PutAsync(Key, new BytesContent(_bytes), null, Token));

        Assert.Equal(_bytes, await _blobs.GetAsync(ObjectLayout.NameOf(Key), cancellationToken: Token));
    }

    [Theory]
    [InlineData(100L << 20, 8L << 20)]
    [InlineData(80_000L << 20, 8L << 20)]
    [InlineData(5_000_000_000_000L, 477L << 20)]
    public void Parts_grow_so_that_ten_thousand_suffice(long length, long expected)
    {
        var limits = new PartLimits { MinSize = 5 << 20, MaxSize = 5L << 30, MaxParts = 10_000 };

        long size = LargeUpload.PartSizeFor(length, limits, 8 << 20);

        Assert.Equal(expected, size);
        Assert.InRange((length + size - 1) / size, 1, 10_000);
    }

    private async Task<PushSession> BeginAsync(IBlobStore blobs)
    {
        ObjectStore store = await ObjectStore.OpenAsync(blobs, "test", create: true, () => "id", Token);
        return await store.BeginPushAsync(Options, Token);
    }

    /// <summary>A memory store that counts the parts, and breaks off where it is told to.</summary>
    private sealed class CountingParts(MemoryBlobStore inner) : ForwardingStore(inner), IPartUploads
    {
        private readonly IPartUploads _parts = inner.Parts!;
        private int _begun;
        private int _forgotten;

        public override IPartUploads? Parts => this;

        public int? FailAt { get; init; }

        public int? ForgetAt { get; init; }

        public List<int> Written { get; } = [];

        public int Done { get; private set; }

        public PartUpload? Last { get; private set; }

        /// <summary>Parts go one after another, and what was sent is not replaced.</summary>
        public bool InOrder { get; init; }

        public PartLimits Limits => _parts.Limits with { InOrder = InOrder };

        public async Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken) =>
            Last = await _parts.BeginAsync(name, length, partSize, mode, cancellationToken);

        public Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken) =>
            _parts.FindPartsAsync(upload, cancellationToken);

        public async Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken)
        {
            int begun = Interlocked.Increment(ref _begun);
            if (begun >= FailAt)
                throw new RemoteException("test", "the line is dead");
            if (begun >= ForgetAt && Interlocked.Exchange(ref _forgotten, 1) == 0)
                await _parts.AbortAsync(upload, cancellationToken);
            IReadOnlyList<UploadedPart>? held = InOrder ? await _parts.FindPartsAsync(upload, cancellationToken) : null;
            if (held?.FirstOrDefault(p => p.Number == number) is { } there)
                return there;
            UploadedPart part = await _parts.WriteAsync(upload, number, content, cancellationToken);
            lock (Written)
            {
                Written.Add(number);
                Done++;
            }
            return part;
        }

        public Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken) =>
            _parts.CompleteAsync(upload, parts, cancellationToken);

        public Task AbortAsync(PartUpload upload, CancellationToken cancellationToken) => _parts.AbortAsync(upload, cancellationToken);
    }

    private sealed class ChangingContent(byte[] bytes) : IContent
    {
        private int _opened;

        public long Length => bytes.Length;

        public Stream OpenRead(long offset = 0)
        {
            byte[] copy = bytes[(int)offset..];
            if (Interlocked.Increment(ref _opened) > 1)
                copy[10]++;
            return new MemoryStream(copy);
        }
    }
}
