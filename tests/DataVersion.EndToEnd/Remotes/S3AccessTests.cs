using Amazon.S3.Model;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>What a real server says to wrong keys, names and certificates, and to users who may not do everything.</summary>
public class S3AccessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RadosGateway Ceph => RadosGateway.Instance;

    [Theory]
    [InlineData("accesskeyid", "unknown", "does not know this access key")]
    [InlineData("secretaccesskey", "wrong", "secret access key is wrong")]
    public async Task Wrong_keys_are_told_by_every_request(string option, string value, string hint)
    {
        IBlobStore store = Ceph.Open(RadosGateway.NewUrl(), options: (option, value));

        foreach (Func<Task> request in (Func<Task>[])[() => store.StatAsync("a", Token), () => store.PutAsync("a", [1], cancellationToken: Token), () => store.NamesAsync("", Token)])
        {
            var error = await Assert.ThrowsAsync<RemoteException>(request);
            Assert.True(error.IsDenied);
            Assert.Contains(hint, error.Hint);
        }
    }

    [Fact]
    public async Task A_missing_bucket_is_told()
    {
        IBlobStore store = Ceph.Open("s3://no-such-bucket/x");

        foreach (Func<Task> request in (Func<Task>[])[
            () => store.StatAsync("a", Token), () => store.PutAsync("a", [1], cancellationToken: Token), () => store.NamesAsync("", Token),
            () => store.OpenReadAsync("a", null, Token), () => store.Parts!.BeginAsync("a", 1, 1, WriteMode.IfAbsent, Token)])
        {
            Assert.True((await Assert.ThrowsAsync<RemoteException>(request)).IsPlaceMissing);
        }
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_not_trusted()
    {
        IBlobStore store = Ceph.Open(RadosGateway.NewUrl(), options: ("endpoint", Ceph.TlsEndpoint));

        var error = await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("a", [1], cancellationToken: Token));

        Assert.Contains("certificate is not trusted", error.Message);
        Assert.Contains("cafile", error.Hint);
    }

    [Fact]
    public async Task Another_account_is_denied()
    {
        IBlobStore store = Ceph.Open(RadosGateway.NewUrl(), options: [("accesskeyid", "strangerkey"), ("secretaccesskey", "strangersecret")]);

        foreach (Func<Task> request in (Func<Task>[])[() => store.StatAsync("a", Token), () => store.PutAsync("a", [1], cancellationToken: Token), () => store.NamesAsync("", Token)])
            Assert.True((await Assert.ThrowsAsync<RemoteException>(request)).IsDenied);
    }

    [Fact]
    public async Task Who_may_read_but_not_list_reads_and_hears_missing_or_denied_of_the_rest()
    {
        const string Bucket = "dv-readers";
        await Ceph.Client.PutBucketAsync(Bucket, Token);
        await Ceph.Client.PutBucketPolicyAsync(
            new PutBucketPolicyRequest
            {
                BucketName = Bucket,
                Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/stranger"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::dv-readers/*"}]}""",
            }, Token);
        await Ceph.Open($"s3://{Bucket}").PutAsync("objects/sha256/ab/cd", [1, 2], WriteMode.Overwrite, Token);
        IBlobStore reader = Ceph.Open($"s3://{Bucket}", options: [("accesskeyid", "strangerkey"), ("secretaccesskey", "strangersecret")]);

        Assert.Equal([1, 2], await reader.GetAsync("objects/sha256/ab/cd", cancellationToken: Token));
        Assert.Equal(2, (await reader.StatAsync("objects/sha256/ab/cd", Token))?.Size);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => reader.NamesAsync("", Token))).IsDenied);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => reader.OpenReadAsync("objects/sha256/ab/missing", null, Token))).IsDenied);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => reader.StatAsync("objects/sha256/ab/missing", Token))).IsDenied);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => reader.PutAsync("objects/x", [1], cancellationToken: Token))).IsDenied);
    }

    [Fact]
    public async Task Requests_are_counted_and_a_small_write_or_read_costs_one()
    {
        var meter = new RequestMeter();
        IBlobStore store = Ceph.Open(RadosGateway.NewUrl(), meter: meter);

        await store.PutAsync("objects/sha256/ab/cdef", [1], cancellationToken: Token);
        await store.GetAsync("objects/sha256/ab/cdef", cancellationToken: Token);
        await store.StatAsync("objects/sha256/ab/cdef", Token);
        await store.StatAsync("objects/sha256/ab/missing", Token);

        Assert.Equal(4, meter.Requests);
        Assert.Equal("option accesskeyid", store.Access);
    }

    [Fact]
    public async Task A_list_of_more_than_a_page_is_whole_and_in_order()
    {
        IBlobStore store = Ceph.Open(RadosGateway.NewUrl());
        string[] names = [.. Enumerable.Range(0, 1205).Select(i => $"objects/sha256/{i % 256:x2}/{i:x8}").Order(StringComparer.Ordinal)];

        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
            async (name, token) => await store.PutAsync(name, [1], cancellationToken: token));

        Assert.Equal(names, await store.NamesAsync("objects/", Token));
        Assert.Equal(names.Where(n => n.StartsWith("objects/sha256/a", StringComparison.Ordinal)), await store.NamesAsync("objects/sha256/a", Token));
    }
}
