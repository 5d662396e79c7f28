using Amazon.Runtime;
using Amazon.S3;
using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;

namespace DataVersion.Testing.Servers;

/// <summary>The S3 interface of OpenStack Swift: an implementation of its own, which knows neither conditional writes nor chunked uploads.</summary>
public sealed class SwiftS3
{
    private const string Bucket = "dv-tests";
    private static readonly Lazy<SwiftS3> Shared = new(() => new SwiftS3(ScriptedServer.Start("swift-start.sh", "swift-proxy-server", "swift-object-server", "memcached")));

    private SwiftS3(ScriptedServer server)
    {
        Endpoint = $"http://127.0.0.1:{server.Port("HTTP_PORT")}";
        using var client = new AmazonS3Client(new BasicAWSCredentials("test:tester", "testing"), new AmazonS3Config { ServiceURL = Endpoint, ForcePathStyle = true });
        client.PutBucketAsync(Bucket).GetAwaiter().GetResult();
    }

    /// <summary>The one of this test program.</summary>
    public static SwiftS3 Instance => Shared.Value;

    /// <summary>Its address.</summary>
    public string Endpoint { get; }

    /// <summary>A place that nobody else uses.</summary>
    public static string NewUrl() => $"s3://{Bucket}/{Guid.NewGuid():N}";

    /// <summary>Opens a store as a user would.</summary>
    public IBlobStore Open(string url) => RemoteStores.Open(new RemoteContext
    {
        Settings = new RemoteSettings
        {
            Name = "swift",
            Url = url,
            Options = new Dictionary<string, string> { ["endpoint"] = Endpoint, ["accesskeyid"] = "test:tester", ["secretaccesskey"] = "testing" },
            Trusted = true,
        },
        Variables = new Dictionary<string, string>(),
        Meter = new RequestMeter(),
    });
}
