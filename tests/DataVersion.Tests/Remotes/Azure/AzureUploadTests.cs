using System.Security.Cryptography;
using DataVersion.Remotes.Azure;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.Azure;

/// <summary>What uploads send, and what they make of answers. Azurite does not know CRC64: this is where it is looked at.</summary>
public sealed class AzureUploadTests : IDisposable
{
    private readonly AzureBox _box = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static byte[] Large { get; } = RandomNumberGenerator.GetBytes(1_500_000);

    public void Dispose() => _box.Dispose();

    [Fact]
    public void The_checksum_of_the_tests_is_the_one_that_Azure_documents() =>
        // CRC-64/NVME's check value, which is the same polynomial.
        Assert.Equal(0xAE8B14860A799888, BitConverter.ToUInt64(Convert.FromBase64String(AzureCrc64.Of("123456789"u8))));

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1_500_000)]
    public async Task A_write_is_one_request_with_Azures_checksum(int length)
    {
        byte[] bytes = Large[..length];
        _box.Otherwise = request => request.Header("x-ms-content-crc64") == AzureCrc64.Of(request.Body) ? AzureBox.Ok(201) : AzureBox.Error(400, "Crc64Mismatch");

        Assert.Equal(WriteOutcome.Written, await _box.Open().PutAsync("a/b", bytes, cancellationToken: Token));

        StaticHttpRequest request = Assert.Single(_box.Requests);
        Assert.Equal(("PUT", "/account/data/pre/fix/a/b", "*"), (request.Method, request.Path, request.Header("If-None-Match")));
        Assert.Equal(bytes, request.Body);
        Assert.Equal("BlockBlob", request.Header("x-ms-blob-type"));
        Assert.Equal(1, _box.Meter.Requests);
    }

    [Fact]
    public async Task A_part_has_the_checksum_too()
    {
        _box.Otherwise = request => request.Header("x-ms-content-crc64") == AzureCrc64.Of(request.Body) ? AzureBox.Ok(201) : AzureBox.Error(400, "Crc64Mismatch");
        IPartUploads parts = _box.Open().Parts;
        PartUpload upload = await parts.BeginAsync("large", Large.Length, 1_000_000, WriteMode.IfAbsent, Token);

        UploadedPart part = await parts.WriteAsync(upload, 2, new BytesContent(Large.AsMemory(1_000_000)), Token);

        Assert.Equal((2, 500_000), (part.Number, part.Size));
        Assert.Contains("comp=block&", Assert.Single(_box.Requests).Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "FeatureNotSupported")]
    [InlineData(400, "UnsupportedHeader")]
    [InlineData(501, "NotImplemented")]
    public async Task A_server_without_that_checksum_gets_the_next_one_and_is_not_asked_again(int status, string code)
    {
        _box.Otherwise = request => request.Header("x-ms-content-crc64") is not null ? AzureBox.Error(status, code)
            : request.Header("Content-MD5") == Md5(request.Body) ? AzureBox.Ok(201) : AzureBox.Error(400, "Md5Mismatch");
        AzureBlobStore store = _box.Open();

        Assert.Equal(WriteOutcome.Written, await store.PutAsync("a", Large, cancellationToken: Token));
        Assert.Equal(2, _box.Requests.Count);
        Assert.Equal(WriteOutcome.Written, await store.PutAsync("b", [1, 2], cancellationToken: Token));
        Assert.Equal(3, _box.Requests.Count);
    }

    [Fact]
    public async Task A_server_without_any_checksum_gets_none()
    {
        _box.Otherwise = request => request.Header("x-ms-content-crc64") is not null || request.Header("Content-MD5") is not null
            ? AzureBox.Error(400, "UnsupportedHeader")
            : AzureBox.Ok(201);

        Assert.Equal(WriteOutcome.Written, await _box.Open().PutAsync("a", Large, cancellationToken: Token));
        Assert.Equal(Large, _box.Requests[2].Body);
    }

    [Theory]
    [InlineData(409, "BlobAlreadyExists")]
    [InlineData(409, "BlobImmutableDueToPolicy")]
    [InlineData(412, "ConditionNotMet")]
    [InlineData(403, "UnauthorizedBlobOverwrite")]
    public async Task A_name_that_is_taken_is_told_so(int status, string code)
    {
        _box.Answer(AzureBox.Error(status, code));
        Assert.Equal(WriteOutcome.AlreadyThere, await _box.Open().PutAsync("a", [1], cancellationToken: Token));

        _box.Answer(AzureBox.Error(status, code));
        await Assert.ThrowsAsync<RemoteException>(() => _box.Open().PutAsync("a", [1], WriteMode.Overwrite, Token));
    }

    [Fact]
    public async Task A_name_that_only_uncommitted_blocks_take_is_written_as_blocks()
    {
        _box.Otherwise = request => request switch
        {
            { Method: "HEAD" } => AzureBox.Error(404, "BlobNotFound"),
            { Query: "" } => AzureBox.Error(409, "BlobAlreadyExists"),
            _ => AzureBox.Ok(201),
        };

        Assert.Equal(WriteOutcome.Written, await _box.Open().PutAsync("a", [1, 2, 3], cancellationToken: Token));

        Assert.Equal(["PUT", "HEAD", "PUT", "PUT"], _box.Requests.Select(r => r.Method));
        Assert.Equal([1, 2, 3], _box.Requests[2].Body);
        Assert.Equal(("?comp=blocklist", "*"), (_box.Requests[3].Query, _box.Requests[3].Header("If-None-Match")));
    }

    [Fact]
    public async Task Tier_and_encryption_scope_are_asked_for()
    {
        _box.Otherwise = _ => AzureBox.Ok(201);
        AzureBlobStore store = _box.Open(("storageclass", "cool"), ("kmskey", "our-scope"));
        await store.PutAsync("a", [1], cancellationToken: Token);
        PartUpload upload = await store.Parts.BeginAsync("b", 1, 1, WriteMode.IfAbsent, Token);
        await store.Parts.CompleteAsync(upload, [await store.Parts.WriteAsync(upload, 1, new BytesContent(new byte[1]), Token)], Token);

        Assert.Equal(["Cool", null, "Cool"], _box.Requests.Select(r => r.Header("x-ms-access-tier")));
        Assert.All(_box.Requests, r => Assert.Equal("our-scope", r.Header("x-ms-encryption-scope")));
    }

    [Theory]
    [InlineData(999_999)]
    [InlineData(1_000_001)]
    public async Task Large_content_of_another_length_is_found_out_before_a_request(int actual)
    {
        await Assert.ThrowsAsync<FileChangedException>(
            () => _box.Open().WriteAsync("a", new TestContent(Large[..actual], length: 1_000_000), WriteMode.Overwrite, Token));

        Assert.Empty(_box.Requests);
    }

    [Fact]
    public async Task Large_content_that_changes_while_it_is_sent_is_told_as_that()
    {
        int opened = 0;
        var content = new ShrinkingContent(() => Interlocked.Increment(ref opened) == 1 ? Large : Large[..700_000], Large.Length);

        await Assert.ThrowsAsync<FileChangedException>(() => _box.Open().WriteAsync("a", content, WriteMode.Overwrite, Token));

        Assert.Equal(2, opened);
    }

    [Theory]
    [InlineData("InvalidBlockList")]
    [InlineData("BlobNotFound")]
    public async Task Parts_that_the_store_has_dropped_are_gone(string code)
    {
        IPartUploads parts = _box.Open().Parts;
        PartUpload upload = await parts.BeginAsync("large", 10, 10, WriteMode.Overwrite, Token);
        _box.Answer(AzureBox.Ok(201), AzureBox.Error(code == "BlobNotFound" ? 404 : 400, code));
        UploadedPart part = await parts.WriteAsync(upload, 1, new BytesContent(new byte[10]), Token);

        await Assert.ThrowsAsync<UploadGoneException>(() => parts.CompleteAsync(upload, [part], Token));
    }

    [Fact]
    public async Task Only_whole_parts_of_this_upload_are_found()
    {
        IPartUploads parts = _box.Open().Parts;
        PartUpload upload = await parts.BeginAsync("large", 25, 10, WriteMode.IfAbsent, Token);
        string[] tags =
        [
            (await parts.WriteAsync(upload, 1, new BytesContent(new byte[10]), Token)).Tag,
            (await parts.WriteAsync(upload, 2, new BytesContent(new byte[10]), Token)).Tag,
            (await parts.WriteAsync(upload, 2, new BytesContent(Large.AsMemory(0, 10)), Token)).Tag,
            (await parts.WriteAsync(upload, 3, new BytesContent(new byte[5]), Token)).Tag,
            (await parts.WriteAsync(upload with { PartSize = 5 }, 4, new BytesContent(new byte[5]), Token)).Tag,
        ];
        Assert.Single(tags.Select(t => t.Length).Distinct());
        int[] sizes = [10, 10, 10, 4, 5];
        string blocks = string.Concat(tags.Zip(sizes, (tag, size) =>
            $"<Block><Name>{Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(tag))}</Name><Size>{size}</Size></Block>"));
        _box.Answer(List($"{blocks}<Block><Name>Zm9yZWlnbg==</Name><Size>10</Size></Block>"));

        // Two clients sent a second part with different bytes, and the third is not whole.
        Assert.Equal([new UploadedPart(1, 10, tags[0])], await parts.FindPartsAsync(upload, Token));

        _box.Answer(List(""), AzureBox.Error(404, "BlobNotFound"), List("").With("x-ms-blob-content-length", "25"));
        Assert.Empty(await parts.FindPartsAsync(upload, Token) ?? [new UploadedPart(0, 0, "")]);
        Assert.Empty(await parts.FindPartsAsync(upload, Token) ?? [new UploadedPart(0, 0, "")]);
        Assert.Null(await parts.FindPartsAsync(upload, Token));
        Assert.Null(await parts.FindPartsAsync(upload with { Id = "of another version" }, Token));

        static StaticHttpAnswer List(string blocks) => (AzureBox.Ok() with
        {
            Body = System.Text.Encoding.UTF8.GetBytes($"<?xml version=\"1.0\"?><BlockList><UncommittedBlocks>{blocks}</UncommittedBlocks></BlockList>"),
        }).With("Content-Type", "application/xml");
    }

#pragma warning disable CA5351 // Guards against the network, not against people.
    private static string Md5(byte[] bytes) => Convert.ToBase64String(MD5.HashData(bytes));
#pragma warning restore CA5351

    private sealed class ShrinkingContent(Func<byte[]> open, long length) : IContent
    {
        public long Length => length;

        public Stream OpenRead(long offset = 0) => new MemoryStream(open()[(int)offset..]);
    }
}
