using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;

namespace DataVersion.Testing.Servers;

/// <summary>
/// The S3 server of Ceph, with data in memory; started when the first test asks for it. User <c>dvkey</c> owns bucket <c>dv-tests</c>;
/// <c>strangerkey</c> is another account without rights on it.
/// </summary>
public sealed class RadosGateway
{
    /// <summary>The bucket.</summary>
    public const string Bucket = "dv-tests";

    private static readonly Lazy<RadosGateway> Shared = new(() => new RadosGateway(ScriptedServer.Start("ceph-start.sh", "ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "openssl")));

    private readonly string _folder;

    private RadosGateway(ScriptedServer server)
    {
        _folder = server.Folder;
        Endpoint = $"http://127.0.0.1:{server.Port("HTTP_PORT")}";
        TlsEndpoint = $"https://127.0.0.1:{server.Port("HTTPS_PORT")}";
        CertificateFile = Path.Combine(server.Folder, "cert.pem");
        Client = new AmazonS3Client(new BasicAWSCredentials("dvkey", "dvsecret"), new AmazonS3Config
        {
            ServiceURL = Endpoint,
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
        // The first requests make the pools: nobody's test waits for them.
        Client.PutBucketAsync(Bucket).GetAwaiter().GetResult();
        Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "first", ContentBody = "x", UseChunkEncoding = false }).GetAwaiter().GetResult();
    }

    /// <summary>The one of this test program.</summary>
    public static RadosGateway Instance => Shared.Value;

    /// <summary>Its address without TLS.</summary>
    public string Endpoint { get; }

    /// <summary>Its address with TLS, whose certificate is <see cref="CertificateFile"/>.</summary>
    public string TlsEndpoint { get; }

    /// <summary>The certificate that signs itself.</summary>
    public string CertificateFile { get; }

    /// <summary>A client of the SDK's own, to prepare what tests look at.</summary>
    public AmazonS3Client Client { get; }

    /// <summary>A place in bucket <c>dv-tests</c> that nobody else uses.</summary>
    public static string NewUrl() => $"s3://{Bucket}/{Guid.NewGuid():N}";

    /// <summary>Gives back the memory of what was deleted: the server itself does so after hours only.</summary>
    public void CollectGarbage()
    {
        var start = new ProcessStartInfo("radosgw-admin", ["gc", "process", "--include-all"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CEPH_CONF"] = Path.Combine(_folder, "ceph.conf");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Task.WaitAll(output, errors);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"radosgw-admin gc process: exit {process.ExitCode}\n{errors.Result}");
    }

    /// <summary>Opens a store as a user would; further options go over those that are needed.</summary>
    public IBlobStore Open(string url, bool tls = false, RequestMeter? meter = null, params (string Name, string Value)[] options) =>
        RemoteStores.Open(Context(url, tls, meter, options));

    /// <summary>What <see cref="Open"/> opens a store with.</summary>
    public RemoteContext Context(string url, bool tls = false, RequestMeter? meter = null, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>
        {
            ["endpoint"] = tls ? TlsEndpoint : Endpoint,
            ["accesskeyid"] = "dvkey",
            ["secretaccesskey"] = "dvsecret",
        };
        if (tls)
            all["cafile"] = CertificateFile;
        foreach ((string name, string value) in options)
            all[name] = value;
        return new RemoteContext
        {
            Settings = new RemoteSettings { Name = "ceph", Url = url, Options = all, Trusted = true },
            Variables = new Dictionary<string, string>(),
            Meter = meter ?? new RequestMeter(),
        };
    }
}
