using System.Security.Cryptography;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>What the contract does not ask of every store, against Azurite.</summary>
public sealed class AzureTests(AzuriteFixture azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static byte[] Large { get; } = RandomNumberGenerator.GetBytes(5_000_000);

    [Fact]
    public async Task Large_content_arrives_whole_and_broken_content_leaves_nothing()
    {
        IBlobStore store = AzuriteFixture.Open(azurite.Plain);

        await store.PutAsync("large", Large, cancellationToken: Token);
        Assert.Equal(Large, await store.GetAsync("large", cancellationToken: Token));
        int opened = 0;
        var changing = new ChangingContent(Large.Length, () => ++opened == 1 ? Large : Large[..3_000_000]);
        await Assert.ThrowsAsync<FileChangedException>(() => store.WriteAsync("broken", changing, WriteMode.IfAbsent, Token));
        Assert.Equal(["large"], await store.NamesAsync("", Token));
    }

    [Fact]
    public async Task With_TLS_the_authority_must_be_named()
    {
        IBlobStore store = AzuriteFixture.Open(azurite.Tls, ("cafile", azurite.Tls.AuthorityFile));
        await store.PutAsync("a", [1, 2, 3], cancellationToken: Token);
        Assert.Equal([1, 2, 3], await store.GetAsync("a", cancellationToken: Token));

        var error = await Assert.ThrowsAsync<RemoteException>(() => AzuriteFixture.Open(azurite.Tls).StatAsync("a", Token));

        Assert.Contains("certificate is not trusted", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task A_connection_string_is_all_it_takes()
    {
        string url = $"azure://{AzuriteFixture.Container}/{Guid.NewGuid():n}";
        string text = $"DefaultEndpointsProtocol=http;AccountName={AzuriteServer.Account};AccountKey={AzuriteServer.Key};BlobEndpoint={azurite.Plain.Endpoint};";
        RemoteContext context = AzuriteFixture.Context(azurite.Plain, url, ("connectionstring", text));
        context = context with { Settings = context.Settings with { Options = context.Settings.Options.Where(o => o.Key != "endpoint").ToDictionary() } };
        IBlobStore store = RemoteStores.Open(context);

        await store.PutAsync("a", [1], cancellationToken: Token);

        Assert.Equal(["a"], await store.NamesAsync("", Token));
        Assert.Equal("option connectionstring", store.Access);
    }

    [Fact]
    public async Task A_SAS_token_does_what_it_allows()
    {
        string url = $"azure://{AzuriteFixture.Container}/{Guid.NewGuid():n}";
        await RemoteStores.Open(AzuriteFixture.Context(azurite.Plain, url)).PutAsync("a", [1, 2], cancellationToken: Token);
        IBlobStore store = RemoteStores.Open(AzuriteFixture.Context(azurite.Plain, url, ("sastoken", Sas(DateTimeOffset.UtcNow.AddHours(1)))));

        Assert.Equal([1, 2], await store.GetAsync("a", cancellationToken: Token));
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => store.NamesAsync("", Token))).IsDenied);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("b", [1], cancellationToken: Token))).IsDenied);

        string expired = Sas(DateTimeOffset.UtcNow.AddHours(-1));
        IBlobStore late = RemoteStores.Open(AzuriteFixture.Context(azurite.Plain, url, ("sastoken", expired)));
        var error = await Assert.ThrowsAsync<RemoteException>(() => late.GetAsync("a", cancellationToken: Token));
        Assert.Contains("expired at", error.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("sig=", error.ToString(), StringComparison.Ordinal);

        static string Sas(DateTimeOffset until) => new BlobSasBuilder(BlobContainerSasPermissions.Read, until)
        {
            BlobContainerName = AzuriteFixture.Container,
            Resource = "c",
            StartsOn = until.AddHours(-3),
        }.ToSasQueryParameters(new StorageSharedKeyCredential(AzuriteServer.Account, AzuriteServer.Key)).ToString();
    }

    [Fact]
    public async Task A_wrong_key_no_key_and_a_missing_container_are_told_apart()
    {
        IBlobStore wrong = AzuriteFixture.Open(azurite.Plain, ("accountkey", Convert.ToBase64String(new byte[64])));
        var error = await Assert.ThrowsAsync<RemoteException>(() => wrong.StatAsync("a", Token));
        Assert.True(error.IsDenied);
        Assert.Contains("check option accountkey", error.Hint, StringComparison.Ordinal);

        IBlobStore nobody = AzuriteFixture.Open(azurite.Plain, ("anonymous", "true"));
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => nobody.GetAsync("a", cancellationToken: Token))).IsDenied);

        IBlobStore nowhere = RemoteStores.Open(AzuriteFixture.Context(azurite.Plain, "azure://nowhere/x"));
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => nowhere.GetAsync("a", cancellationToken: Token))).IsPlaceMissing);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => nowhere.PutAsync("a", [1], cancellationToken: Token))).IsPlaceMissing);
        Assert.True((await Assert.ThrowsAsync<RemoteException>(() => nowhere.NamesAsync("", Token))).IsPlaceMissing);
    }

    [Fact]
    public async Task A_public_container_is_read_by_anybody()
    {
        BlobContainerClient container = azurite.Plain.CreateContainer("public");
        await container.SetAccessPolicyAsync(PublicAccessType.BlobContainer, cancellationToken: Token);
        await container.UploadBlobAsync("x/a", new BinaryData("text"), Token);
        IBlobStore store = RemoteStores.Open(AzuriteFixture.Context(azurite.Plain, "azure://public/x", ("anonymous", "true")));

        Assert.Equal("text"u8.ToArray(), await store.GetAsync("a", cancellationToken: Token));
        Assert.Equal(["a"], await store.NamesAsync("", Token));
        Assert.Equal("anonymous", store.Access);
    }

    [Fact]
    public async Task A_second_client_goes_on_with_the_parts_of_the_first()
    {
        string url = $"azure://{AzuriteFixture.Container}/{Guid.NewGuid():n}";
        IPartUploads first = RemoteStores.Open(AzuriteFixture.Context(azurite.Plain, url)).Parts!;
        await first.WriteAsync(await first.BeginAsync("large", Large.Length, 1_000_000, WriteMode.IfAbsent, Token), 2, PartOf(2), Token);
        RemoteContext context = AzuriteFixture.Context(azurite.Plain, url);
        IBlobStore store = RemoteStores.Open(context);
        PartUpload upload = await store.Parts!.BeginAsync("large", Large.Length, 1_000_000, WriteMode.IfAbsent, Token);

        List<UploadedPart> parts = [.. (await store.Parts.FindPartsAsync(upload, Token))!];
        Assert.Equal(2, Assert.Single(parts).Number);
        foreach (int number in (int[])[5, 1, 3, 4])
            parts.Add(await store.Parts.WriteAsync(upload, number, PartOf(number), Token));
        Assert.Equal(WriteOutcome.Written, await store.Parts.CompleteAsync(upload, parts, Token));

        Assert.Equal(Large, await store.GetAsync("large", cancellationToken: Token));
        // A list, four parts, the commit, and the read.
        Assert.Equal(7, context.Meter.Requests);

        static BytesContent PartOf(int number) => new(Large.AsMemory((number - 1) * 1_000_000, 1_000_000));
    }

    [Fact]
    public async Task A_blob_with_snapshots_is_deleted_with_them()
    {
        string prefix = $"{Guid.NewGuid():n}";
        IBlobStore store = RemoteStores.Open(AzuriteFixture.Context(azurite.Plain, $"azure://{AzuriteFixture.Container}/{prefix}"));
        await store.PutAsync("a", [1], cancellationToken: Token);
        await azurite.Plain.CreateContainer(AzuriteFixture.Container).GetBlobClient($"{prefix}/a").CreateSnapshotAsync(cancellationToken: Token);

        Assert.True(await store.DeleteAsync("a", null, Token));
        Assert.Null(await store.StatAsync("a", Token));
    }

    private sealed class ChangingContent(long length, Func<byte[]> open) : IContent
    {
        public long Length => length;

        public Stream OpenRead(long offset = 0) => new MemoryStream(open()[(int)offset..]);
    }
}
