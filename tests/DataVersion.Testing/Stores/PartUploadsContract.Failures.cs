using DataVersion.Storage;
using Xunit;

namespace DataVersion.Testing.Stores;

// Uploads that break off, end early, or that the store knows nothing of.
public abstract partial class PartUploadsContract
{
    [Theory]
    [InlineData(WriteMode.IfAbsent)]
    [InlineData(WriteMode.Overwrite)]
    public async Task Completing_again_what_is_complete_is_no_error(WriteMode mode)
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern(PartSize(parts) + 1);
        PartUpload upload = await BeginAsync(parts, bytes.Length, mode);
        List<UploadedPart> sent = await SendAllAsync(parts, upload, bytes);
        await parts.CompleteAsync(upload, sent, Token);

        // As after an answer that got lost on the way.
        WriteOutcome again = await parts.CompleteAsync(upload, sent, Token);

        Assert.True(again == WriteOutcome.Written || mode == WriteMode.IfAbsent, "overwriting never finds the name taken");
        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task An_upload_that_was_given_up_leaves_nothing()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern(PartSize(parts) + 1);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        await SendAsync(parts, upload, 1, bytes);

        await parts.AbortAsync(upload, Token);
        await parts.AbortAsync(upload, Token);

        Assert.Null(await store.StatAsync("large/blob", Token));
        Assert.Empty(await store.NamesAsync("", Token));
        Assert.SkipUnless(KnowsItsUploads, "the rest needs a store that knows its uploads");
        Assert.Null(await parts.FindPartsAsync(upload, Token));
        await Assert.ThrowsAsync<UploadGoneException>(() => SendAsync(parts, upload, 2, bytes));
    }

    [Fact]
    public async Task An_upload_that_the_store_has_forgotten_is_gone()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern(PartSize(parts) + 1);
        PartUpload begun = await BeginAsync(parts, bytes.Length, WriteMode.Overwrite);
        List<UploadedPart> sent = await SendAllAsync(parts, begun, bytes);
        Assert.SkipUnless(KnowsItsUploads, "this store does not know its uploads");
        Assert.SkipWhen(parts.Limits.InOrder, "the last part has completed the blob");
        await parts.AbortAsync(begun, Token);

        await Assert.ThrowsAsync<UploadGoneException>(() => parts.CompleteAsync(begun, sent, Token));
        Assert.Null(await store.StatAsync("large/blob", Token));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_part_that_is_not_as_long_as_it_says_is_refused_and_may_be_sent_again(int difference)
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern(PartSize(parts) + 50);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        var wrong = new TestContent(Pattern(upload.PartSize + difference), length: upload.PartSize);

        await Assert.ThrowsAsync<FileChangedException>(() => parts.WriteAsync(upload, 1, wrong, Token));

        Assert.Null(await store.StatAsync("large/blob", Token));
        await parts.CompleteAsync(upload, await SendAllAsync(parts, upload, bytes), Token);
        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task A_part_whose_content_breaks_tells_its_own_error_and_may_be_sent_again()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern(PartSize(parts) + 50);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        var breaking = new TestContent(bytes[..(int)upload.PartSize], beforeRead: position =>
        {
            if (position > upload.PartSize / 2)
                throw new ObjectCorruptException("sha256:00", "other", "in the cache");
        });

        await Assert.ThrowsAsync<ObjectCorruptException>(() => parts.WriteAsync(upload, 1, breaking, Token));

        Assert.Empty(await parts.FindPartsAsync(upload, Token) ?? []);
        await parts.CompleteAsync(upload, await SendAllAsync(parts, upload, bytes), Token);
        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task A_cancelled_part_is_not_held()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern(PartSize(parts) + 50);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var content = new TestContent(bytes[..(int)upload.PartSize], beforeRead: position =>
        {
            if (position > upload.PartSize / 2)
                cancel.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => parts.WriteAsync(upload, 1, content, cancel.Token));

        Assert.Empty(await parts.FindPartsAsync(upload, Token) ?? []);
        await parts.CompleteAsync(upload, await SendAllAsync(parts, upload, bytes), Token);
        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Theory]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("ä")]
    public async Task An_upload_of_a_hostile_name_is_refused(string name)
    {
        IPartUploads parts = PartsOf(Create());

        await Assert.ThrowsAsync<UnsafePathException>(() => BeginAsync(parts, 10, name: name));
    }
}
