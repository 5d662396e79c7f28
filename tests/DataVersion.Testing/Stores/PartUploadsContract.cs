using DataVersion.Storage;
using Xunit;

namespace DataVersion.Testing.Stores;

/// <summary>
/// What every <see cref="IPartUploads"/> must do. A store is tested by one class that derives from this one and makes a store whose
/// <see cref="IBlobStore.Parts"/> is there. Where <see cref="PartLimits.InOrder"/> holds, parts go one after another.
/// </summary>
public abstract partial class PartUploadsContract
{
    private const long SmallestPart = 64 * 1024;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>False where uploads that were never begun, or were given up, look like uploads without parts.</summary>
    protected virtual bool KnowsItsUploads => true;

    /// <summary>A new, empty store.</summary>
    protected abstract IBlobStore Create();

    /// <summary>The same store, as another process would open it.</summary>
    protected virtual IBlobStore Reopen(IBlobStore store) => store;

    private static IPartUploads PartsOf(IBlobStore store) => store.Parts ?? throw new InvalidOperationException("this store takes no parts");

    private static byte[] Pattern(long length, byte seed = 1)
    {
        var bytes = new byte[length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((i * 31) + (i >> 8) + (i >> 16) + seed);
        return bytes;
    }

    // The smallest size that the store takes: tests stay quick.
    private static long PartSize(IPartUploads parts)
    {
        long size = Math.Max(parts.Limits.MinSize, SmallestPart);
        return (size + parts.Limits.Multiple - 1) / parts.Limits.Multiple * parts.Limits.Multiple;
    }

    private static Task<PartUpload> BeginAsync(IPartUploads parts, long length, WriteMode mode = WriteMode.IfAbsent, string name = "large/blob") =>
        parts.BeginAsync(name, length, PartSize(parts), mode, Token);

    private static Task<UploadedPart> SendAsync(IPartUploads parts, PartUpload upload, int number, byte[] all) =>
        parts.WriteAsync(upload, number, PartOf(upload, number, all), Token);

    private static BytesContent PartOf(PartUpload upload, int number, byte[] all) =>
        new(all.AsMemory((int)upload.OffsetOf(number), (int)upload.SizeOf(number)));

    private static async Task<List<UploadedPart>> SendAllAsync(IPartUploads parts, PartUpload upload, byte[] all, int from = 1)
    {
        var sent = new List<UploadedPart>();
        for (int number = from; number <= upload.Parts; number++)
            sent.Add(await SendAsync(parts, upload, number, all));
        return sent;
    }

    [Fact]
    public async Task The_limits_let_a_blob_of_five_terabytes_through()
    {
        PartLimits limits = PartsOf(Create()).Limits;

        Assert.InRange(limits.MinSize, 0, 64L << 20);
        Assert.True(limits.InOrder || (limits.MaxSize * limits.MaxParts) >= 5_000_000_000_000, "too small for 5 TB");
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Parts_become_one_blob_that_nobody_saw_before()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern((2 * PartSize(parts)) + 12_345);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        Assert.Equal(3, upload.Parts);

        List<UploadedPart> sent = [await SendAsync(parts, upload, 1, bytes), await SendAsync(parts, upload, 2, bytes)];
        Assert.Null(await store.StatAsync("large/blob", Token));
        Assert.Empty(await store.NamesAsync("", Token));
        sent.Add(await SendAsync(parts, upload, 3, bytes));
        WriteOutcome outcome = await parts.CompleteAsync(upload, sent, Token);

        Assert.Equal(WriteOutcome.Written, outcome);
        Assert.Equal([1, 2, 3], sent.Select(p => p.Number));
        Assert.Equal([upload.PartSize, upload.PartSize, 12_345], sent.Select(p => p.Size));
        Assert.Equal(bytes.Length, (await store.StatAsync("large/blob", Token))?.Size);
        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task One_part_alone_may_be_small()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        PartUpload upload = await BeginAsync(parts, 10);

        await parts.CompleteAsync(upload, await SendAllAsync(parts, upload, Pattern(10)), Token);

        Assert.Equal(Pattern(10), await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task Parts_may_come_in_any_order_and_at_once()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        Assert.SkipWhen(parts.Limits.InOrder, "this store takes parts one after another");
        byte[] bytes = Pattern((3 * PartSize(parts)) + 1);
        PartUpload upload = await BeginAsync(parts, bytes.Length);

        UploadedPart last = await SendAsync(parts, upload, 4, bytes);
        UploadedPart[] others = await Task.WhenAll(new[] { 3, 1, 2 }.Select(number => SendAsync(parts, upload, number, bytes)));
        await parts.CompleteAsync(upload, [last, .. others], Token);

        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task A_part_that_is_sent_again_is_replaced()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        Assert.SkipWhen(parts.Limits.InOrder, "this store takes parts one after another");
        byte[] bytes = Pattern(PartSize(parts) + 100);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        await SendAllAsync(parts, upload, Pattern(bytes.Length, 9));

        await parts.CompleteAsync(upload, await SendAllAsync(parts, upload, bytes), Token);

        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task Another_process_goes_on_with_what_the_store_holds()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern((2 * PartSize(parts)) + 777);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        Assert.Empty(await parts.FindPartsAsync(upload, Token) ?? []);
        UploadedPart first = await SendAsync(parts, upload, 1, bytes);

        store = Reopen(store);
        parts = PartsOf(store);
        IReadOnlyList<UploadedPart>? found = await parts.FindPartsAsync(upload with { }, Token);

        Assert.Equal((1, upload.PartSize), (Assert.Single(found!).Number, found![0].Size));
        Assert.Equal(first.Tag, found[0].Tag);
        await parts.CompleteAsync(upload, [.. found, .. await SendAllAsync(parts, upload, bytes, from: 2)], Token);
        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task If_absent_keeps_what_came_meanwhile()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] bytes = Pattern(PartSize(parts) + 1);
        PartUpload upload = await BeginAsync(parts, bytes.Length);
        await SendAsync(parts, upload, 1, bytes);
        await store.PutAsync("large/blob", [1, 2, 3], cancellationToken: Token);

        List<UploadedPart> rest = await SendAllAsync(parts, upload, bytes, from: 2);
        IReadOnlyList<UploadedPart> all = [.. await parts.FindPartsAsync(upload, Token) ?? [], .. rest];
        WriteOutcome outcome = await parts.CompleteAsync(upload, [.. all.DistinctBy(p => p.Number)], Token);

        Assert.Equal(WriteOutcome.AlreadyThere, outcome);
        Assert.Equal([1, 2, 3], await store.GetAsync("large/blob", cancellationToken: Token));
        Assert.Empty(await parts.FindPartsAsync(upload, Token) ?? []);
    }

    [Fact]
    public async Task Of_two_uploads_of_one_name_the_first_to_complete_wins()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        byte[] mine = Pattern(PartSize(parts) + 1);
        byte[] theirs = Pattern(mine.Length, 77);
        PartUpload first = await BeginAsync(parts, mine.Length);
        PartUpload second = await BeginAsync(parts, mine.Length);

        List<UploadedPart> sent = await SendAllAsync(parts, first, mine);
        List<UploadedPart> alsoSent = await SendAllAsync(parts, second, theirs);
        Assert.Equal(WriteOutcome.Written, await parts.CompleteAsync(first, sent, Token));

        Assert.Equal(WriteOutcome.AlreadyThere, await parts.CompleteAsync(second, alsoSent, Token));
        Assert.Equal(mine, await store.GetAsync("large/blob", cancellationToken: Token));
    }

    [Fact]
    public async Task Overwrite_replaces_what_is_there()
    {
        IBlobStore store = Create();
        IPartUploads parts = PartsOf(store);
        await store.PutAsync("large/blob", [1, 2, 3], cancellationToken: Token);
        byte[] bytes = Pattern(PartSize(parts) + 1);
        PartUpload upload = await BeginAsync(parts, bytes.Length, WriteMode.Overwrite);

        Assert.Equal(WriteOutcome.Written, await parts.CompleteAsync(upload, await SendAllAsync(parts, upload, bytes), Token));

        Assert.Equal(bytes, await store.GetAsync("large/blob", cancellationToken: Token));
    }
}
