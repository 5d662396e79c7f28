using DataVersion.Storage;
using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Gcs;

/// <summary>Resumable uploads that are interrupted.</summary>
public sealed class GcsPartUploadsTests : IAsyncDisposable
{
    private const int Part = 2 * 1024 * 1024;
    private const int Granule = 256 * 1024;

    private readonly GcsServer _server = GcsServer.Start();
    private readonly FaultProxy _proxy;
    private readonly byte[] _bytes = GcsSandbox.Pattern((3 * Part) + 4321);

    public GcsPartUploadsTests() => _proxy = FaultProxy.ForHttp(_server.Port);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IBlobStore Store => field ??= GcsSandbox.Open(GcsSandbox.At(_proxy.Port));

    private IPartUploads Parts => Store.Parts!;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_chunk_that_was_cut_in_its_middle_goes_on_from_what_arrived()
    {
        PartUpload upload = await BeginAsync();
        await WriteAsync(upload, 1);
        _proxy.CutAllAfter(700_000);

        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => WriteAsync(upload, 2))).IsTransient);
        long before = _proxy.Traffic.BytesUp;
        await WriteAsync(upload, 2);

        // Two granules had arrived before the cut: they are not sent again.
        Assert.InRange(_proxy.Traffic.BytesUp - before, Part - (2 * Granule), Part - (2 * Granule) + 4000);
        await FinishAsync(upload, from: 3);
    }

    [Fact]
    public async Task A_chunk_of_which_the_service_keeps_a_little_at_a_time_arrives_whole()
    {
        await using GcsServer server = GcsServer.Start(new GcsServerOptions { MaxBytesPerChunk = Granule });
        IBlobStore store = GcsSandbox.Open(server.Endpoint);
        PartUpload upload = await store.Parts!.BeginAsync("large", _bytes.Length, Part, WriteMode.IfAbsent, Token);
        for (int number = 1; number <= upload.Parts; number++)
            await store.Parts.WriteAsync(upload, number, Content(upload, number), Token);

        Assert.Equal(WriteOutcome.Written, await store.Parts.CompleteAsync(upload, [], Token));
        Assert.Equal((3 * Part / Granule) + 1, server.Requests.Count(r => r.Method == "PUT"));
        Assert.Equal(_bytes, await store.GetAsync("large", cancellationToken: Token));
    }

    [Fact]
    public async Task Another_process_goes_on_within_a_part()
    {
        PartUpload upload = await BeginAsync();
        _proxy.CutAllAfter(Part + 300_000);
        await WriteAsync(upload, 1);
        await Assert.ThrowsAsync<RemoteException>(() => WriteAsync(upload, 2));

        IPartUploads other = GcsSandbox.Open(GcsSandbox.At(_proxy.Port)).Parts!;
        Assert.Equal([1], (await other.FindPartsAsync(upload, Token))!.Select(p => p.Number));
        long before = _proxy.Traffic.BytesUp;
        for (int number = 2; number <= upload.Parts; number++)
            await other.WriteAsync(upload, number, Content(upload, number), Token);

        Assert.InRange(_proxy.Traffic.BytesUp - before, _bytes.Length - Part - Granule, _bytes.Length - Part - Granule + 4000);
        Assert.Equal(WriteOutcome.Written, await other.CompleteAsync(upload, [], Token));
        Assert.Equal(_bytes, await Store.GetAsync("large", cancellationToken: Token));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_chunk_whose_answer_was_lost_is_not_sent_again(int number)
    {
        PartUpload upload = await BeginAsync();
        for (int i = 1; i < number; i++)
            await WriteAsync(upload, i);
        _proxy.OnRequest(new ExchangeFault.LosesAnswer());
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => WriteAsync(upload, number))).IsTransient);

        long before = _proxy.Traffic.BytesUp;
        await WriteAsync(upload, number);

        Assert.InRange(_proxy.Traffic.BytesUp - before, 1, 4000);
        await FinishAsync(upload, from: number + 1);
    }

    [Fact]
    public async Task A_chunk_that_arrives_twice_counts_once()
    {
        PartUpload upload = await BeginAsync();
        _proxy.OnRequest(new ExchangeFault.SentTwice(), times: 4);

        await FinishAsync(upload, from: 1);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task After_a_storm_the_service_is_asked_what_it_holds(int status)
    {
        PartUpload upload = await BeginAsync();
        await WriteAsync(upload, 1);
        _proxy.OnRequest(new ExchangeFault.Answers(status, RetryAfterSeconds: 3));
        var error = await Assert.ThrowsAsync<RemoteException>(() => WriteAsync(upload, 2));
        Assert.True(error.IsThrottled);
        Assert.Equal(TimeSpan.FromSeconds(3), error.RetryAfter);

        await FinishAsync(upload, from: 2);
    }

    [Fact]
    public async Task A_part_before_its_turn_is_refused()
    {
        PartUpload upload = await BeginAsync();
        await WriteAsync(upload, 1);

        await Assert.ThrowsAsync<UploadGoneException>(() => WriteAsync(upload, 3));

        Assert.Equal(upload.Parts, (await FinishAsync(upload, from: 2)).Count + 1);
    }

    [Fact]
    public async Task A_session_that_has_expired_is_gone()
    {
        PartUpload upload = await BeginAsync();
        await WriteAsync(upload, 1);
        _server.ExpireSessions();

        await Assert.ThrowsAsync<UploadGoneException>(() => WriteAsync(upload, 2));
        await Assert.ThrowsAsync<UploadGoneException>(() => Parts.CompleteAsync(upload, [], Token));
        Assert.Null(await Parts.FindPartsAsync(upload, Token));
        await Parts.AbortAsync(upload, Token);
    }

    [Fact]
    public async Task A_name_that_is_taken_from_the_start_costs_no_bytes()
    {
        await using GcsServer server = GcsServer.Start(new GcsServerOptions { ChecksPreconditionsEarly = true });
        IBlobStore store = GcsSandbox.Open(server.Endpoint);
        await store.PutAsync("large", [1], cancellationToken: Token);

        PartUpload upload = await store.Parts!.BeginAsync("large", _bytes.Length, Part, WriteMode.IfAbsent, Token);
        UploadedPart part = await store.Parts.WriteAsync(upload, 1, Content(upload, 1), Token);

        Assert.Equal(WriteOutcome.AlreadyThere, await store.Parts.CompleteAsync(upload, [part], Token));
        Assert.DoesNotContain(server.Requests, r => r.Method == "PUT");
        Assert.Null(await store.Parts.FindPartsAsync(upload, Token));
        await store.Parts.AbortAsync(upload, Token);
    }

    [Fact]
    public async Task Bytes_that_change_while_they_are_sent_never_become_a_blob()
    {
        PartUpload upload = await BeginAsync();
        byte[] second = _bytes[Part..(2 * Part)];
        int opened = 0;
        var content = new TestContent(second, beforeRead: position =>
        {
            // Read once for the checksum; then the bytes that go out are others.
            if (position == 0 && opened++ == 1)
                second[500_000] ^= 1;
        });
        await WriteAsync(upload, 1);
        await Parts.WriteAsync(upload, 2, content, Token);
        await WriteAsync(upload, 3);

        // The service is told what all of it must amount to, and refuses the last byte.
        await Assert.ThrowsAsync<UploadGoneException>(() => WriteAsync(upload, 4));

        Assert.Equal(2, opened);
        Assert.Null(await Store.StatAsync("large", Token));
    }

    [Fact]
    public async Task No_address_of_a_session_is_in_what_is_shown()
    {
        PartUpload upload = await BeginAsync();
        string secret = new Uri(upload.Id).Query;
        Assert.Contains("upload_id=", secret, StringComparison.Ordinal);
        _server.ExpireSessions();
        var gone = await Assert.ThrowsAsync<UploadGoneException>(() => WriteAsync(upload, 1));
        await _server.DisposeAsync();
        var unreachable = await Assert.ThrowsAsync<RemoteException>(() => WriteAsync(upload, 1));

        Assert.DoesNotContain("upload_id", gone.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("upload_id", unreachable.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("upload_id", upload.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://storage.googleapis.com/upload/storage/v1/b/bucket/o?upload_id=1")]
    [InlineData("http://127.0.0.1:1/upload")]
    [InlineData("not a URL")]
    public async Task No_byte_goes_to_an_address_elsewhere(string id)
    {
        PartUpload upload = await BeginAsync() with { Id = id };

        await Assert.ThrowsAsync<UploadGoneException>(() => WriteAsync(upload, 1));
        Assert.Null(await Parts.FindPartsAsync(upload, Token));
        await Parts.AbortAsync(upload, Token);
    }

    [Fact]
    public async Task An_empty_blob_can_be_completed_without_a_part()
    {
        PartUpload upload = await Parts.BeginAsync("large", 0, Part, WriteMode.IfAbsent, Token);

        Assert.Equal(WriteOutcome.Written, await Parts.CompleteAsync(upload, [], Token));
        Assert.Empty(await Store.GetAsync("large", cancellationToken: Token));
    }

    private Task<PartUpload> BeginAsync() => Parts.BeginAsync("large", _bytes.Length, Part, WriteMode.IfAbsent, Token);

    private BytesContent Content(PartUpload upload, int number) => new(_bytes.AsMemory((int)upload.OffsetOf(number), (int)upload.SizeOf(number)));

    private Task<UploadedPart> WriteAsync(PartUpload upload, int number) => Parts.WriteAsync(upload, number, Content(upload, number), Token);

    private async Task<List<UploadedPart>> FinishAsync(PartUpload upload, int from)
    {
        var parts = new List<UploadedPart>();
        for (int number = from; number <= upload.Parts; number++)
            parts.Add(await WriteAsync(upload, number));
        Assert.Equal(WriteOutcome.Written, await Parts.CompleteAsync(upload, parts, Token));
        Assert.Equal(_bytes, await Store.GetAsync("large", cancellationToken: Token));
        return parts;
    }
}
