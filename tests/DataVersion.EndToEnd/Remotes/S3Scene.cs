using System.Globalization;
using Amazon.S3.Model;
using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>A repository whose remote is a real S3 server (Ceph), behind a line that can go wrong.</summary>
internal sealed class S3Scene : IAsyncDisposable
{
    private readonly RadosGateway _server = RadosGateway.Instance;

    private S3Scene()
    {
        Line = FaultProxy.ForHttp(new Uri(_server.Endpoint).Port);
        Url = RadosGateway.NewUrl();
    }

    public Sandbox Sandbox { get; } = new();

    public FaultProxy Line { get; }

    public string Url { get; }

    /// <summary>Where data are added.</summary>
    public string Here { get; private set; } = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="layout">How objects shall lie there: arguments of <c>dv remote add</c>.</param>
    public static async Task<S3Scene> CreateAsync(params string[] layout)
    {
        var scene = new S3Scene();
        scene.Here = Directory.CreateDirectory(scene.Sandbox.At("here")).FullName;
        await scene.Sandbox.GitAsync(scene.Here, "init", "-q");
        await scene.Sandbox.DvOkAsync(scene.Here, "init", "-q");
        await scene.Sandbox.DvOkAsync(scene.Here, ["remote", "add", "ceph", scene.Url, .. layout]);
        await scene.ConfigureAsync(scene.Here);
        return scene;
    }

    /// <summary>Adds and commits everything below <c>data/</c>.</summary>
    public async Task AddAsync(string message = "data")
    {
        await Sandbox.DvOkAsync(Here, "add", "data");
        await Sandbox.CommitAsync(Here, message);
    }

    /// <summary>A clone with credentials, as a colleague has it.</summary>
    public async Task<string> CloneAsync(string name = "there")
    {
        string clone = await Sandbox.CloneAsync(Here, name);
        await ConfigureAsync(clone);
        return clone;
    }

    /// <summary>Gives a clone the way to the server, and keys.</summary>
    public async Task ConfigureAsync(string repository, string key = "dvkey", string secret = "dvsecret")
    {
        string endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Line.Port}");
        foreach ((string option, string value) in new[] { ("endpoint", endpoint), ("accesskeyid", key), ("secretaccesskey", secret) })
            await Sandbox.DvOkAsync(repository, "remote", "modify", "--local", "ceph", option, value);
    }

    /// <summary>The keys below the remote's prefix, from the server itself.</summary>
    public async Task<IReadOnlyList<S3Object>> ObjectsAsync(string below = "dvstore/v1/objects/")
    {
        string prefix = $"{Url[(Url.LastIndexOf('/') + 1)..]}/{below}";
        var found = new List<S3Object>();
        var request = new ListObjectsV2Request { BucketName = RadosGateway.Bucket, Prefix = prefix };
        do
        {
            ListObjectsV2Response page = await _server.Client.ListObjectsV2Async(request, Token);
            found.AddRange(page.S3Objects ?? []);
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);
        return found;
    }

    /// <summary>Puts other bytes under a key, past dv.</summary>
    public Task OverwriteAsync(string key, byte[] bytes) => _server.Client.PutObjectAsync(
        new PutObjectRequest { BucketName = RadosGateway.Bucket, Key = key, InputStream = new MemoryStream(bytes), UseChunkEncoding = false }, Token);

    /// <summary>The bytes under a key.</summary>
    public async Task<byte[]> ReadAsync(string key)
    {
        using GetObjectResponse answer = await _server.Client.GetObjectAsync(RadosGateway.Bucket, key, Token);
        using var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    /// <summary>Uploads in parts that the server still holds.</summary>
    public async Task<int> UploadsAsync()
    {
        var request = new ListMultipartUploadsRequest { BucketName = RadosGateway.Bucket, Prefix = Url[(Url.LastIndexOf('/') + 1)..] };
        return (await _server.Client.ListMultipartUploadsAsync(request, Token)).MultipartUploads?.Count ?? 0;
    }

    /// <summary>Files of random bytes: many small ones, and a large one.</summary>
    public void WriteData(int small, int largeMegabytes)
    {
        var random = new Random(4);
        for (int i = 0; i < small; i++)
            WriteRandom(random, $"data/small/{i % 7}/{i}.bin", random.Next(0, 9000));
        if (largeMegabytes > 0)
            WriteRandom(random, "data/large.bin", (largeMegabytes << 20) + 4321);
    }

    /// <summary>Random files of one size, in seven folders.</summary>
    public void WriteRandomFiles(string folder, int files, int bytes)
    {
        var random = new Random(7);
        for (int i = 0; i < files; i++)
            WriteRandom(random, $"{folder}/{i % 7}/{i}.bin", bytes);
    }

    /// <summary>A file of hexadecimal digits: compressed, about half is left of it.</summary>
    public void WriteHexText(string path, int megabytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Here, path))!);
        HexText.Write(Path.Combine(Here, path), megabytes);
    }

    public async ValueTask DisposeAsync()
    {
        await Line.DisposeAsync();
        Sandbox.Dispose();
    }

    private void WriteRandom(Random random, string path, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        string full = Path.Combine(Here, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }
}
