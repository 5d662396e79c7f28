using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.S3;

/// <summary>What servers refuse, how it is told, and what is done in another way instead.</summary>
public sealed class S3RefusalTests : IDisposable
{
    private readonly FakeS3 _fake = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fake.Dispose();

    [Theory]
    [InlineData(403, "RequestTimeTooSkewed", "clock")]
    [InlineData(403, "InvalidAccessKeyId", "does not know this access key")]
    [InlineData(403, "SignatureDoesNotMatch", "secret access key is wrong")]
    [InlineData(400, "ExpiredToken", "have ended")]
    [InlineData(403, "AccessDenied", "permissions")]
    public async Task A_denial_says_what_to_do_and_no_secret(int status, string code, string hint)
    {
        _fake.Refuse = _ => FakeS3.Error(status, code);

        foreach (Func<IBlobStore, Task> request in (Func<IBlobStore, Task>[])[
            store => store.PutAsync("a", [1], cancellationToken: Token),
            store => store.OpenReadAsync("a", null, Token),
            store => store.NamesAsync("", Token),
            store => store.StatAsync("a", Token),
            store => store.Parts!.BeginAsync("a", 1, 1, WriteMode.Overwrite, Token)])
        {
            var error = await Assert.ThrowsAsync<RemoteException>(() => request(_fake.Open()));

            Assert.True(error.IsDenied);
            Assert.False(error.IsTransient);
            Assert.Contains(code, error.Message);
            Assert.Contains(hint, error.Hint);
            Assert.DoesNotContain("Secret text", error.Message);
            Assert.DoesNotContain("s3cret", error.ToString());
        }
    }

    [Theory]
    [InlineData(503, "SlowDown", true)]
    [InlineData(429, "TooManyRequests", true)]
    [InlineData(500, "InternalError", false)]
    [InlineData(400, "RequestTimeout", false)]
    [InlineData(409, "ConditionalRequestConflict", false)]
    [InlineData(400, "BadDigest", false)]
    public async Task What_may_pass_is_transient(int status, string code, bool throttled)
    {
        _fake.Refuse = _ => FakeS3.Error(status, code, "", ("Retry-After", "7"));

        var error = await Assert.ThrowsAsync<RemoteException>(() => _fake.Open().PutAsync("a", [1], cancellationToken: Token));

        Assert.True(error.IsTransient);
        Assert.Equal(throttled, error.IsThrottled);
        Assert.Equal(TimeSpan.FromSeconds(7), error.RetryAfter);
    }

    [Fact]
    public async Task A_missing_bucket_is_told_from_a_missing_name()
    {
        _fake.Refuse = _ => FakeS3.Error(404, "NoSuchBucket");

        foreach (Func<IBlobStore, Task> request in (Func<IBlobStore, Task>[])[
            store => store.StatAsync("a", Token), store => store.OpenReadAsync("a", null, Token), store => store.PutAsync("a", [1], cancellationToken: Token)])
        {
            var error = await Assert.ThrowsAsync<RemoteException>(() => request(_fake.Open()));
            Assert.True(error.IsPlaceMissing);
            Assert.Contains("there is no bucket 'bucket'", error.Message);
        }
    }

    [Fact]
    public async Task That_the_bucket_is_there_is_asked_once()
    {
        IBlobStore store = _fake.Open();

        for (int i = 0; i < 5; i++)
            Assert.Null(await store.StatAsync($"missing/{i}", Token));

        Assert.Equal(6, _fake.Server.Requests.Count);
    }

    [Fact]
    public async Task A_bucket_in_another_region_is_told_with_its_region()
    {
        _fake.Refuse = _ => FakeS3.Error(301, "PermanentRedirect", "", ("x-amz-bucket-region", "eu-west-1"));
        var error = await Assert.ThrowsAsync<RemoteException>(() => _fake.Open().PutAsync("a", [1], cancellationToken: Token));
        Assert.Contains("in region 'eu-west-1', not in 'us-east-1'", error.Message);
        Assert.Equal("dv remote modify fake region eu-west-1", error.Hint);

        _fake.Refuse = _ => FakeS3.Error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>");
        error = await Assert.ThrowsAsync<RemoteException>(() => _fake.Open().NamesAsync("", Token));
        Assert.Contains("'eu-west-3'", error.Message);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(403)]
    public async Task A_web_page_in_the_place_of_an_answer_is_told(int status)
    {
        _fake.Refuse = _ => FakeAnswer.Text(status, "<html><body>Please log in<br></body></html>", ("Content-Type", "text/html; charset=utf-8"), ("ETag", "\"page\""));

        foreach (Func<IBlobStore, Task> request in (Func<IBlobStore, Task>[])[
            store => store.PutAsync("a", [1], cancellationToken: Token),
            store => store.GetAsync("a", null, Token),
            store => store.StatAsync("a", Token),
            store => store.NamesAsync("", Token)])
        {
            var error = await Assert.ThrowsAsync<RemoteException>(() => request(_fake.Open()));
            Assert.Contains(status == 200 ? "something that is not S3" : "denied", error.Message);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not xml")]
    [InlineData("<Other/>")]
    [InlineData("<ListBucketResult><Contents><Size>many</Size></Contents></ListBucketResult>")]
    public async Task A_list_that_is_none_is_told(string body)
    {
        _fake.Refuse = _ => FakeAnswer.Text(200, body, ("Content-Type", "application/xml"), ("x-amz-request-id", "1"));

        var error = await Assert.ThrowsAsync<RemoteException>(() => _fake.Open().NamesAsync("", Token));

        Assert.Contains("something that is not S3", error.Message);
    }

    [Theory]
    [InlineData(501, "NotImplemented")]
    [InlineData(400, "NotImplemented")]
    public async Task A_server_without_conditions_is_asked_first_and_remembered(int status, string code)
    {
        _fake.Refuse = r => r.Header("If-None-Match") is null ? null : FakeS3.Error(status, code);
        IBlobStore store = _fake.Open();
        Assert.True(store.Traits.AtomicIfAbsent);

        Assert.Equal(WriteOutcome.Written, await store.PutAsync("a", [1], cancellationToken: Token));
        Assert.Equal(WriteOutcome.AlreadyThere, await store.PutAsync("a", [2], cancellationToken: Token));

        Assert.False(store.Traits.AtomicIfAbsent);
        Assert.Equal([1], await store.GetAsync("a", cancellationToken: Token));
        Assert.Equal(1, _fake.Server.Requests.Count(r => r.Header("If-None-Match") is not null));
    }

    [Fact]
    public async Task A_completion_that_another_won_is_given_up()
    {
        IBlobStore store = _fake.Open();
        PartUpload upload = await store.Parts!.BeginAsync("a", 1, 1, WriteMode.IfAbsent, Token);
        UploadedPart part = await store.Parts.WriteAsync(upload, 1, new BytesContent(new byte[1]), Token);
        // Someone writes it between the look and the completion.
        _fake.Refuse = r => r.Method == "HEAD" && _fake.Server.Requests.Count(x => x.Method == "HEAD") == 1 ? FakeS3.Error(404, "NoSuchKey") : null;
        await store.PutAsync("a", [9], cancellationToken: Token);

        Assert.Equal(WriteOutcome.AlreadyThere, await store.Parts.CompleteAsync(upload, [part], Token));

        Assert.Equal("DELETE", _fake.Server.Requests[^1].Method);
        Assert.Equal([9], await store.GetAsync("a", cancellationToken: Token));
    }

    [Fact]
    public async Task An_error_within_an_answer_of_status_200_is_an_error()
    {
        IBlobStore store = _fake.Open();
        PartUpload upload = await store.Parts!.BeginAsync("a", 1, 1, WriteMode.Overwrite, Token);
        _fake.Refuse = r => r.Method == "POST" ? FakeS3.Error(200, "SlowDown") : null;

        var error = await Assert.ThrowsAsync<RemoteException>(() => store.Parts.CompleteAsync(upload, [new UploadedPart(1, 1, "x")], Token));

        Assert.True(error.IsTransient);
        Assert.True(error.IsThrottled);
    }

    [Fact]
    public async Task A_list_goes_over_pages_and_skips_what_cannot_be_ours()
    {
        static string Page(string keys, string more) => $"<ListBucketResult><EncodingType>url</EncodingType>{more}{string.Concat(keys.Split(' ').Select(k => $"<Contents><Key>{k}</Key><Size>3</Size><ETag>&quot;e&quot;</ETag><LastModified>2026-11-21T04:00:00.123Z</LastModified></Contents>"))}</ListBucketResult>";
        _fake.Refuse = r => FakeAnswer.Text(200, r.Query.Contains("continuation-token=two", StringComparison.Ordinal)
            ? Page("pre/d pre/e%00f pre/g+h%2B", "<IsTruncated>false</IsTruncated>")
            : Page("pre/ pre/a pre//b pre/%C3%A4 pre/%FF pre/../c elsewhere", "<IsTruncated>true</IsTruncated><NextContinuationToken>two</NextContinuationToken>"), ("Content-Type", "application/xml"));

        Assert.Equal(["a", "d", "g h+"], await _fake.Open().NamesAsync("", Token));

        Assert.All(_fake.Server.Requests, r => Assert.Contains("prefix=pre%2F", r.Query));
    }

    [Fact]
    public async Task The_parts_of_an_upload_are_listed_over_pages()
    {
        static string Part(int number, long size) => $"<Part><PartNumber>{number}</PartNumber><Size>{size}</Size><ETag>&quot;e{number}&quot;</ETag></Part>";
        _fake.Refuse = r => r.Method != "GET" ? null : FakeAnswer.Text(200, r.Query.Contains("part-number-marker=2", StringComparison.Ordinal)
            ? $"<ListPartsResult><IsTruncated>false</IsTruncated>{Part(3, 1)}{Part(9, 10)}</ListPartsResult>"
            : $"<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>{Part(1, 10)}{Part(2, 4)}</ListPartsResult>", ("Content-Type", "application/xml"));
        IPartUploads parts = _fake.Open().Parts!;

        IReadOnlyList<UploadedPart>? found = await parts.FindPartsAsync(new PartUpload("a", "up", 21, 10, WriteMode.IfAbsent), Token);

        // Parts of another size, or beyond the last, are not of this upload.
        Assert.Equal([new UploadedPart(1, 10, "e1"), new UploadedPart(3, 1, "e3")], found);
    }

    [Fact]
    public async Task A_broken_connection_is_transient()
    {
        _fake.Refuse = _ => new FakeAnswer(0, []);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => _fake.Open().StatAsync("a", Token))).IsTransient);

        _fake.Refuse = _ => new FakeAnswer(200, new byte[10], ("Content-Length", "20"), ("ETag", "\"e\""));
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => _fake.Open().GetAsync("a", null, Token))).IsTransient);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_not_believed()
    {
        _fake.Refuse = _ => new FakeAnswer(200, new byte[10], ("ETag", "\"e\""));

        var error = await Assert.ThrowsAsync<RemoteException>(() => _fake.Open().OpenReadAsync("a", new ByteRange(5, 2), Token));

        Assert.Contains("a range was asked for", error.Message);
    }

    [Fact]
    public async Task Nothing_that_listens_is_told_so()
    {
        IBlobStore store = _fake.Open();
        _fake.Dispose();

        var error = await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("a", Token));

        Assert.True(error.IsTransient);
        Assert.Contains("connection", error.Message);
    }

    [Fact]
    public async Task A_server_that_says_nothing_more_is_given_up_and_one_that_is_slow_is_not()
    {
        using var asked = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        _fake.Refuse = _ =>
        {
            asked.Release();
            goOn.Wait(Token);
            return null;
        };
        var clock = new Cli.ManualClock();
        IBlobStore store = RemoteStores.Open(_fake.Context() with { Clock = clock });

        Task<WriteOutcome> write = store.PutAsync("a", [1], cancellationToken: Token);
        await asked.WaitAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(write.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        var error = await Assert.ThrowsAsync<RemoteException>(() => write);
        goOn.Set();

        Assert.True(error.IsTransient);
        Assert.Contains("nothing moved for 60 s", error.Message);
    }
}
