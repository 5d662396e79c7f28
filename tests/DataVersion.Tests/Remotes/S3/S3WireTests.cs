using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Remotes.S3;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Remotes.S3;

/// <summary>What goes over the wire: checks of what is sent, encryption, addresses.</summary>
public sealed class S3WireTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_checksum_of_aws_is_right()
    {
        Crc64Nvme crc = default;
        crc.Append("123456789"u8);

        Assert.Equal(0xAE8B14860A799888, crc.Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(1000)]
    [InlineData(100_003)]
    public void The_checksum_is_the_same_by_every_way_and_in_pieces(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        Crc64Nvme whole = default, pieces = default;

        whole.Append(bytes);
        for (int i = 0; i < length; i += 777)
            pieces.Append(bytes.AsSpan(i, Math.Min(777, length - i)));

        Assert.Equal(Crc64Nvme.Portable(bytes), whole.Value);
        Assert.Equal(whole.Value, pieces.Value);
    }

    [Fact]
    public void A_signature_is_that_of_the_documentation()
    {
        // docs.aws.amazon.com, "Signature calculations: examples", GET object.
        var headers = new SortedList<string, string>(StringComparer.Ordinal)
        {
            ["host"] = "examplebucket.s3.amazonaws.com",
            ["range"] = "bytes=0-9",
            ["x-amz-content-sha256"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ["x-amz-date"] = "20130524T000000Z",
        };

        string authorization = new S3Signature("us-east-1").Sign(
            new S3Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero),
            "GET", "/test.txt", "", headers, headers["x-amz-content-sha256"]);

        Assert.EndsWith("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", authorization);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3_000_000)]
    public async Task Over_tls_aws_gets_its_checksum_and_no_signature_over_the_body(int length)
    {
        using var fake = new FakeS3(tls: true);
        File.WriteAllText(_folder.At("ca.pem"), fake.Server.CertificatePem);
        IBlobStore store = fake.Open(("cafile", _folder.At("ca.pem")), ("checksums", "true"));
        byte[] bytes = new byte[length];
        new Random(1).NextBytes(bytes);

        await store.PutAsync("a", bytes, cancellationToken: Token);

        FakeRequest put = Assert.Single(fake.Server.Requests);
        Assert.Equal(bytes, put.Body);
        Crc64Nvme crc = default;
        crc.Append(bytes);
        Assert.Equal(crc.Base64, put.Header("x-amz-checksum-crc64nvme"));
        Assert.Equal("UNSIGNED-PAYLOAD", put.Header("x-amz-content-sha256"));
        Assert.Contains("x-amz-checksum-crc64nvme", put.Header("Authorization"));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Without_tls_the_signature_covers_the_body(string checksums)
    {
        using var fake = new FakeS3();

        await fake.Open(("checksums", checksums)).PutAsync("a", new byte[100_000], cancellationToken: Token);

        FakeRequest put = Assert.Single(fake.Server.Requests);
        Assert.Matches("^[0-9a-f]{64}$", put.Header("x-amz-content-sha256"));
        Assert.Equal(checksums == "true", put.Header("x-amz-checksum-crc64nvme") is not null);
        Assert.Null(put.Header("Expect"));
        Assert.Null(put.Header("Content-Encoding"));
        Assert.Equal("100000", put.Header("Content-Length"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3_000_000)]
    public async Task An_object_whose_hash_is_known_is_read_once_and_signed_with_it(int length)
    {
        using var fake = new FakeS3();
        byte[] bytes = new byte[length];
        new Random(2).NextBytes(bytes);
        var content = new TestContent(bytes);
        ObjectId id = IdentityHash.Of(HashKind.Sha256, bytes);

        await fake.Open(("checksums", "false")).WriteAsync("a", new HashedOnTheWay(content, id), WriteMode.IfAbsent, Token);

        FakeRequest put = Assert.Single(fake.Server.Requests);
        Assert.Equal(bytes, put.Body);
        Assert.Equal(id.Hex, put.Header("x-amz-content-sha256"));
        Assert.Equal(1, content.Opened);
    }

    [Fact]
    public async Task An_object_of_another_algorithm_is_signed_with_the_hash_of_its_bytes()
    {
        using var fake = new FakeS3();
        byte[] bytes = new byte[100_000];

        await fake.Open(("checksums", "false")).WriteAsync("a", new HashedOnTheWay(new BytesContent(bytes), IdentityHash.Of(HashKind.Md5, bytes)), WriteMode.IfAbsent, Token);

        Assert.Equal(IdentityHash.Of(HashKind.Sha256, bytes).Hex, Assert.Single(fake.Server.Requests).Header("x-amz-content-sha256"));
    }

    [Fact]
    public async Task Parts_carry_the_checksum_that_their_upload_was_begun_with()
    {
        using var fake = new FakeS3();
        IPartUploads parts = fake.Open(("checksums", "true")).Parts!;

        PartUpload upload = await parts.BeginAsync("a", 12, 10, WriteMode.IfAbsent, Token);
        UploadedPart first = await parts.WriteAsync(upload, 1, new BytesContent(new byte[10]), Token);
        UploadedPart second = await parts.WriteAsync(upload, 2, new BytesContent(new byte[2]), Token);
        await parts.CompleteAsync(upload, [second, first], Token);

        FakeRequest begin = fake.Server.Requests[0];
        Assert.Equal("CRC64NVME", begin.Header("x-amz-checksum-algorithm"));
        Assert.Equal("FULL_OBJECT", begin.Header("x-amz-checksum-type"));
        Assert.All(fake.Server.Requests.Where(r => r.Method == "PUT"), r => Assert.NotNull(r.Header("x-amz-checksum-crc64nvme")));
        FakeRequest complete = fake.Server.Requests[^1];
        Assert.Equal("*", complete.Header("If-None-Match"));
        string body = Encoding.UTF8.GetString(complete.Body);
        Assert.Contains($"<PartNumber>1</PartNumber>", body);
        Assert.True(body.IndexOf(first.Tag, StringComparison.Ordinal) < body.IndexOf(second.Tag, StringComparison.Ordinal), body);
    }

    [Fact]
    public async Task Encryption_storage_class_and_payer_are_asked_for()
    {
        using var fake = new FakeS3();
        IBlobStore store = fake.Open(("encryption", "aws:kms"), ("kmskey", "key-1"), ("storageclass", "STANDARD_IA"), ("requesterpays", "true"));

        await store.PutAsync("a", [1], cancellationToken: Token);
        await store.Parts!.BeginAsync("b", 1, 1, WriteMode.IfAbsent, Token);
        await store.StatAsync("a", Token);

        foreach (FakeRequest write in fake.Server.Requests.Take(2))
        {
            Assert.Equal("aws:kms", write.Header("x-amz-server-side-encryption"));
            Assert.Equal("key-1", write.Header("x-amz-server-side-encryption-aws-kms-key-id"));
            Assert.Equal("STANDARD_IA", write.Header("x-amz-storage-class"));
        }
        Assert.All(fake.Server.Requests, r => Assert.Equal("requester", r.Header("x-amz-request-payer")));
    }

    [Fact]
    public async Task Names_are_encoded_as_they_are_signed()
    {
        using var fake = new FakeS3();
        IBlobStore store = fake.Open();

        await store.PutAsync("a b/c+d%20(e)~f", [1], cancellationToken: Token);

        Assert.Equal("/bucket/pre/a%20b/c%2Bd%2520%28e%29~f", fake.Server.Requests[0].Path);
    }

    [Fact]
    public async Task Anonymous_requests_are_not_signed()
    {
        using var fake = new FakeS3();
        IBlobStore store = fake.Open(("anonymous", "true"));

        await store.PutAsync("a", [1], cancellationToken: Token);

        Assert.Null(fake.Server.Requests[0].Header("Authorization"));
        Assert.Equal("anonymous", store.Access);
    }

    [Fact]
    public async Task A_read_of_all_asks_for_no_range_and_one_of_a_part_for_just_that()
    {
        using var fake = new FakeS3();
        IBlobStore store = fake.Open();
        await store.PutAsync("a", [1, 2, 3], cancellationToken: Token);
        fake.Refuse = r => r.Header("Range") is not null
            ? new FakeAnswer(206, [2], ("ETag", "\"not-a-hash\""), ("Content-Range", "bytes 1-1/3"))
            : new FakeAnswer(200, [1, 2, 3], ("ETag", "\"ffffffffffffffffffffffffffffffff\""));

        // An ETag that is not the MD5 of the bytes is nothing that a reader may stumble over.
        Assert.Equal([1, 2, 3], await store.GetAsync("a", cancellationToken: Token));
        Assert.Equal([2], await store.GetAsync("a", new ByteRange(1, 1), Token));

        Assert.Equal([null, "bytes=1-1"], fake.Server.Requests.Skip(1).Select(r => r.Header("Range")));
    }
}
